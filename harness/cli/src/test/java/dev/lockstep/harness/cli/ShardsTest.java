package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One plan, carried out whole and in shards; the shards put together are the whole.
@Tag("processes")
class ShardsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;

  @TempDir private Path directory;

  private static Path plan() {
    return shared.resolve("plan.json");
  }

  private static CommandLineProcess.Result ok(String... arguments) throws Exception {
    CommandLineProcess.Result result = CommandLineProcess.run(arguments);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    return result;
  }

  /// In this process: nothing is started before it is refused.
  private static void refused(String message, String... arguments) {
    StringWriter said = new StringWriter();
    int exitCode = Lockstep.run(new PrintWriter(said, true), arguments);
    assertEquals(ExitCode.USAGE, exitCode, said.toString());
    assertTrue(said.toString().contains(message), said.toString());
  }

  @BeforeAll
  static void planAndRun() throws Exception {
    Path prompts = shared.resolve("prompts.jsonl");
    Files.writeString(
        prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n{\"id\":\"q\",\"prompt_ids\":[2,7]}\n");
    CommandLineProcess.Result planned =
        ok(
            "plan",
            "-m=" + EngineRace.MODEL,
            "-b=kvcache,kvcache",
            "-p=" + prompts,
            "-n=3",
            "-r=2",
            "-w=0",
            "--forks=2",
            "--seed=5",
            "--tokens",
            "-o=" + plan());
    assertTrue(planned.out().contains("lockstep run --plan " + plan()), planned.out());
    ok("run", "--plan=" + plan(), "-o=" + shared.resolve("whole"));
    for (int shard = 1; shard <= 2; shard++) {
      ok(
          "run",
          "--plan=" + plan(),
          "--shard=" + shard + "/2",
          "-o=" + shared.resolve("shard-" + shard));
    }
  }

  /// It has no time for more than its pilot, which is always finished.
  @Test
  void aPilotDecidesHowManyForksAPlanHas() throws Exception {
    Path decided = directory.resolve("decided.json");
    CommandLineProcess.Result result =
        ok(
            "plan",
            "-m=" + EngineRace.MODEL,
            "-b=kvcache,kvcache",
            "-p=" + shared.resolve("prompts.jsonl"),
            "-n=2",
            "-r=1",
            "-w=0",
            "--forks=auto",
            "--time=1s",
            "-o=" + decided);
    assertTrue(result.err().contains("the pilot of 5 asks for"), result.err());
    assertEquals(5, JSON.readTree(decided.toFile()).at("/plan/forks").asInt());
  }

  private static List<String> what(List<Sample> samples) {
    return samples.stream()
        .map(
            sample ->
                "%s %s %s %s %s"
                    .formatted(
                        sample.key(),
                        sample.variation(),
                        sample.status(),
                        sample.match(),
                        sample.newTokens()))
        .sorted()
        .toList();
  }

  private static List<Sample> samples(Path run) {
    return SamplesCsv.read(run.resolve("samples.csv"));
  }

  @Test
  void shardsPutTogetherAreTheWholeInAllButTimes() throws Exception {
    Path merged = directory.resolve("merged");
    CommandLineProcess.Result result =
        ok(
            "merge",
            shared.resolve("shard-2").toString(),
            shared.resolve("shard-1").toString(),
            "-o=" + merged);
    assertTrue(result.out().contains("kvcache#2"), result.out());
    Path whole = shared.resolve("whole");
    assertEquals(what(samples(whole)), what(samples(merged)));
    assertEquals(List.of(1, 2), forks(samples(merged)));
    assertEquals(List.of(1), forks(samples(shared.resolve("shard-1"))));
    assertEquals(List.of(2), forks(samples(shared.resolve("shard-2"))));
    assertEquals(found(whole), found(merged));
    assertEquals(lines(whole, "tokens.csv"), lines(merged, "tokens.csv"));
    assertEquals(lines(whole, "summary.csv"), lines(merged, "summary.csv"));
    for (String file : List.of("report.html", "summary.md", "operations.json")) {
      assertTrue(Files.size(merged.resolve(file)) > 0, file);
    }
    assertEquals(
        Files.readString(plan()), Files.readString(merged.resolve("plan.json")), "the plan");
    JsonNode environment = JSON.readTree(merged.resolve("environment.json").toFile());
    assertEquals(2, environment.path("merged").size());
    assertEquals("[1]", environment.at("/merged/0/forks").toString());
    assertTrue(environment.at("/plan/shard").isMissingNode());
  }

  /// What was verified of the plan's prompts. What is looked at beyond them is drawn by each run.
  private static Set<Verification> found(Path run) {
    return VerificationCsv.read(run.resolve("verification.csv")).stream()
        .filter(each -> !each.subject().variation().equals("beyond"))
        .collect(Collectors.toSet());
  }

  private static List<Integer> forks(List<Sample> samples) {
    return samples.stream().map(sample -> sample.key().fork()).distinct().sorted().toList();
  }

  private static int lines(Path run, String file) throws IOException {
    return Files.readAllLines(run.resolve(file)).size();
  }

  @Test
  void machinesOfTwoKindsGiveTwoResults() throws Exception {
    Path other = copy(shared.resolve("shard-2"), directory.resolve("other"));
    Path file = other.resolve("environment.json");
    JsonNode environment = JSON.readTree(file.toFile());
    ((ObjectNode) environment.path("host")).put("cpu", "Another processor");
    JSON.writeValue(file.toFile(), environment);
    Path merged = directory.resolve("merged");
    CommandLineProcess.Result result =
        ok("merge", shared.resolve("shard-1").toString(), other.toString(), "-o=" + merged);
    assertTrue(result.err().contains("ran on 2 kinds of machines"), result.err());
    assertTrue(result.out().contains("machines-2: Another processor"), result.out());
    assertEquals(List.of(1), forks(samples(merged.resolve("machines-1"))));
    assertEquals(List.of(2), forks(samples(merged.resolve("machines-2"))));
    assertFalse(Files.exists(merged.resolve("samples.csv")), "no figures of both together");
    String page = Files.readString(merged.resolve("report.html"));
    assertTrue(page.contains("Another processor"));
  }

  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  @Test
  void whatDoesNotFitTogetherIsNamed() throws Exception {
    String first = shared.resolve("shard-1").toString();
    String second = shared.resolve("shard-2").toString();
    String whole = shared.resolve("whole").toString();
    String output = "-o=" + directory.resolve("merged");
    refused("fork 1 is in", "merge", first, whole, output);
    refused("1 of 2 forks are missing: 2; run the shards", "merge", first, output);
    CommandLineProcess.Result partial = ok("merge", first, "--partial", output);
    assertTrue(partial.err().contains("note: 1 of 2 forks are missing: 2"), partial.err());
    Path cut = copy(Path.of(second), directory.resolve("cut"));
    Files.delete(cut.resolve("summary.csv"));
    String again = "-o=" + directory.resolve("again");
    refused("cut holds no finished shard; finish it with", "merge", first, cut.toString(), again);
    CommandLineProcess.Result left = ok("merge", first, cut.toString(), "--partial", again);
    assertTrue(left.err().contains("cut was not finished and is left out"), left.err());
    Path other = directory.resolve("other.json");
    ok(
        "plan",
        "-m=" + EngineRace.MODEL,
        "-b=kvcache",
        "-n=2",
        "-w=0",
        "-r=1",
        "-o=" + other,
        "-p=" + shared.resolve("prompts.jsonl"));
    ok("run", "--plan=" + other, "-o=" + directory.resolve("other"));
    refused(
        "are of different plans: ",
        "merge",
        first,
        directory.resolve("other").toString(),
        "-o=" + directory.resolve("third"));
    refused("no directory", "merge", directory.resolve("none").toString(), output + "-2");
  }

  @Test
  void whatIsNotAsPlannedIsRefused() throws Exception {
    String output = "-o=" + directory.resolve("run");
    refused("--rounds cannot be given beside --plan", "run", "--plan=" + plan(), "-r=3", output);
    refused("a prompt cannot be given beside", "run", "--plan=" + plan(), output, "What say you?");
    refused("--shard 1/2: a part of what?", "run", "--shard=1/2", output);
    refused("is not a part such as 2/4", "run", "--plan=" + plan(), "--shard=3/2", output);
    refused("has at most as many shards", "run", "--plan=" + plan(), "--shard=1/3", output);
    refused("the model here is another", "run", "--plan=" + plan(), "-m=shakespeare", output);
    refused("a plan is never replaced", "plan", "-b=kvcache", "-o=" + plan());
    String text = Files.readString(plan());
    Path edited =
        Files.writeString(directory.resolve("edited.json"), text.replace("\"q\"", "\"x\""));
    refused("was changed after it was made", "run", "--plan=" + edited, output);
    JsonNode document = JSON.readTree(text);
    ((ObjectNode) document).put("format", "lockstep-plan/9");
    Path later = directory.resolve("later.json");
    JSON.writeValue(later.toFile(), document);
    refused("has the format 'lockstep-plan/9'", "run", "--plan=" + later, output);
    refused("cannot be read", "run", "--plan=" + directory.resolve("none.json"), output);
    assertFalse(Files.exists(directory.resolve("run")));
  }

  /// Slurm's command, which says what it was told.
  private ProcessBuilder withSbatch(String body, String... arguments) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path sbatch = bin.resolve("sbatch");
    Files.writeString(sbatch, "#!/bin/sh\n" + body + "\n");
    assertTrue(sbatch.toFile().setExecutable(true));
    ProcessBuilder command = CommandLineProcess.command(arguments);
    command.environment().merge("PATH", bin.toString(), (path, own) -> own + ":" + path);
    return command;
  }

  @Test
  void aPlanIsHandedToSlurm() throws Exception {
    Path cluster = directory.resolve("cluster");
    Path told = directory.resolve("told");
    String[] submit = {
      "submit",
      "--slurm",
      plan().toString(),
      "-o=" + cluster,
      "--partition=night",
      "--",
      "--gres=gpu:1",
      "--comment=two words"
    };
    CommandLineProcess.Result result =
        CommandLineProcess.run(withSbatch("echo \"$@\" >> " + told + "; wc -l < " + told, submit));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.out().startsWith("job 1 runs 2 shards, and job 2 merges"), result.out());
    assertEquals(
        List.of(
            "--parsable " + cluster.resolve("shards.sbatch"),
            "--parsable --dependency=afterany:1 " + cluster.resolve("merge.sbatch")),
        Files.readAllLines(told));
    String array = Files.readString(cluster.resolve("shards.sbatch"));
    for (String line :
        List.of(
            "#SBATCH --array=1-2",
            "#SBATCH --exclusive",
            "#SBATCH --requeue",
            "#SBATCH --partition=night",
            "#SBATCH --gres=gpu:1",
            "#SBATCH \"--comment=two words\"")) {
      assertTrue(array.contains(line + "\n"), array);
    }
    String merge = Files.readString(cluster.resolve("merge.sbatch"));
    assertTrue(merge.contains("#SBATCH --partition=night\n"), merge);
    assertFalse(merge.contains("gres"), "no device is needed to merge");
    assertEquals(Files.readString(plan()), Files.readString(cluster.resolve("plan.json")));
    CommandLineProcess.Result failed =
        CommandLineProcess.run(withSbatch("echo no such partition; exit 1", submit));
    assertEquals(ExitCode.ERROR, failed.exitCode());
    assertTrue(failed.err().contains("failed: no such partition"), failed.err());
  }

  @Test
  void whatWouldBeSubmittedIsPrinted() throws Exception {
    Path cluster = directory.resolve("a cluster");
    List<String> submit =
        new ArrayList<>(List.of("submit", plan().toString(), "-o=" + cluster, "--dry-run"));
    List<String> slurm = new ArrayList<>(submit);
    slurm.addAll(List.of("--slurm", "--shards=1"));
    CommandLineProcess.Result printed = ok(slurm.toArray(String[]::new));
    assertTrue(printed.out().contains("#SBATCH --array=1-1\n"), printed.out());
    assertTrue(printed.out().contains("--shard \"$SLURM_ARRAY_TASK_ID/1\""), printed.out());
    assertFalse(Files.exists(cluster));
    List<String> pods = new ArrayList<>(submit);
    pods.addAll(List.of("--kubernetes", "--image=example/lockstep"));
    CommandLineProcess.Result manifest = ok(pods.toArray(String[]::new));
    assertTrue(manifest.out().contains("completionMode: Indexed"), manifest.out());
    assertTrue(manifest.out().startsWith("# Never tried"), manifest.out());
    refused("takes one of --slurm and --kubernetes", submit.toArray(String[]::new));
    slurm.set(slurm.size() - 1, "--shards=9");
    refused("between 1 and 2 can be made", slurm.toArray(String[]::new));
  }
}
