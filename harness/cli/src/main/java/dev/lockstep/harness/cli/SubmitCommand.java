package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.cli.cluster.ClusterRun;
import dev.lockstep.harness.cli.cluster.KubernetesJob;
import dev.lockstep.harness.cli.cluster.SlurmJobs;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep submit`: hands a plan to a cluster.
@Command(
    name = "submit",
    description = {
      "Hands a plan to Slurm: an array with a task for each shard, a machine for each task, and a job that merges. What is behind -- goes to sbatch, such as --partition=NAME, --gres=gpu:1 or --constraint=NAME.",
      "The directory, the model's files and Lockstep itself must lie where every machine finds them."
    },
    mixinStandardHelpOptions = true)
final class SubmitCommand implements Callable<Integer> {
  @Option(names = "--slurm", description = "Submit to Slurm, by sbatch.")
  private boolean slurm;

  @Option(
      names = "--kubernetes",
      description =
          "With --dry-run: print an Indexed Job for Kubernetes. It was never tried on a cluster.")
  private boolean kubernetes;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "With --kubernetes: a container image with a JDK 25 and Lockstep.")
  private @Nullable String image;

  @Option(
      names = "--claim",
      paramLabel = "NAME",
      defaultValue = "lockstep",
      description =
          "With --kubernetes: the persistent volume claim for the results (default: ${DEFAULT-VALUE}).")
  private String claim = "lockstep";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "Where the shards, their logs and the merged result go.")
  private Path output = Path.of("");

  @Option(
      names = "--shards",
      paramLabel = "N",
      description = "How many parts (default: one for each fork of the plan).")
  private @Nullable Integer shards;

  @Option(names = "--partition", paramLabel = "NAME", description = "For sbatch, as behind --.")
  private @Nullable String partition;

  @Option(names = "--gres", paramLabel = "LIST", description = "Likewise.")
  private @Nullable String gres;

  @Option(names = "--constraint", paramLabel = "LIST", description = "Likewise.")
  private @Nullable String constraint;

  @Option(names = "--dry-run", description = "Print what would be submitted, and submit nothing.")
  private boolean dryRun;

  @Parameters(index = "0", paramLabel = "PLAN", description = "A plan.json.")
  private Path plan = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "SBATCH-OPTION",
      description = "Behind --: more options of sbatch.")
  private List<String> options = new ArrayList<>();

  @Override
  public Integer call() {
    if (slurm == kubernetes) {
      throw UserError.usage("submit takes one of --slurm and --kubernetes");
    }
    PlanFile planned = PlanFile.read(plan);
    planned.requireThisLockstep();
    int forks = planned.forks();
    int parts = shards == null ? forks : shards;
    if (parts < 1 || parts > forks) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--shards %d: %s has %d forks, and a fork is never cut; between 1 and %d can be made",
              parts,
              plan,
              forks,
              forks));
    }
    ClusterRun run = new ClusterRun(launcher(), output.toAbsolutePath().normalize(), parts);
    if (kubernetes) {
      return printManifest(run);
    }
    List<String> all = sbatchOptions();
    String array = SlurmJobs.shards(run, all);
    String merge = SlurmJobs.merge(run, all);
    if (dryRun) {
      Console.print("# shards.sbatch\n" + array + "\n# merge.sbatch\n" + merge);
      return ExitCode.OK;
    }
    write(planned, array, merge);
    String job = submitted(List.of("sbatch", "--parsable", file("shards.sbatch")));
    String last =
        submitted(
            List.of("sbatch", "--parsable", "--dependency=afterany:" + job, file("merge.sbatch")));
    Console.println(
        """
        job %s runs %s shards, and job %s merges them into %s
          squeue -j %s,%s             # how far they are
          less %s    # what a shard says"""
            .formatted(
                job,
                parts,
                last,
                run.directory().resolve("merged"),
                job,
                last,
                run.directory().resolve("logs/shard-1.log")));
    return ExitCode.OK;
  }

  private List<String> sbatchOptions() {
    List<String> all = new ArrayList<>();
    add(all, "--partition", partition);
    add(all, "--gres", gres);
    add(all, "--constraint", constraint);
    all.addAll(options);
    return all;
  }

  private static void add(List<String> options, String name, @Nullable String value) {
    if (value != null) {
      options.add(name + "=" + value);
    }
  }

  private Integer printManifest(ClusterRun run) {
    if (!dryRun) {
      throw UserError.usage(
          "--kubernetes is never submitted, for it was never tried; print it with --dry-run, read it, and apply it with kubectl");
    }
    if (image == null) {
      throw UserError.usage(
          "--kubernetes needs --image, a container image with a JDK 25 and Lockstep");
    }
    Console.print(KubernetesJob.manifest(run, image, claim));
    return ExitCode.OK;
  }

  private static Path launcher() {
    String home = System.getProperty("lockstep.home", "");
    return home.isEmpty() ? Path.of("lockstep") : Path.of(home, "lockstep");
  }

  private String file(String name) {
    return output.resolve(name).toAbsolutePath().normalize().toString();
  }

  private void write(PlanFile planned, String array, String merge) {
    try {
      Path own = output.resolve(PlanFile.FILE_NAME);
      if (Files.exists(own) && !PlanFile.read(own).sha256().equals(planned.sha256())) {
        throw UserError.usage(
            "%s holds another plan's shards; choose another directory with -o".formatted(output));
      }
      LocalFiles.createDirectories(output.resolve("shards"));
      LocalFiles.createDirectories(output.resolve("logs"));
      LocalFiles.replace(own, planned.text().getBytes(StandardCharsets.UTF_8));
      LocalFiles.replace(output.resolve("shards.sbatch"), array.getBytes(StandardCharsets.UTF_8));
      LocalFiles.replace(output.resolve("merge.sbatch"), merge.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw UserError.error(
          "%s cannot be written: %s; choose another directory with -o"
              .formatted(output, FileProblem.describe(e)),
          e);
    }
  }

  /// The id of the job.
  private static String submitted(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw UserError.error("%s failed: %s".formatted(String.join(" ", command), said));
      }
      return said.lines().toList().getLast().split(";", -1)[0];
    } catch (IOException e) {
      throw UserError.error(
          "sbatch cannot be started: %s; submit where Slurm's commands are, or print the scripts with --dry-run"
              .formatted(FileProblem.describe(e)),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw UserError.error("interrupted while the jobs were being submitted", e);
    }
  }
}
