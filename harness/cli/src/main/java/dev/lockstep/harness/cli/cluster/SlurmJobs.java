package dev.lockstep.harness.cli.cluster;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The batch scripts for Slurm: an array with a task for each shard, a whole machine for each task,
/// and a job that merges when the array has ended.
public final class SlurmJobs {
  /// Options of `sbatch` that also say where the merging job may run.
  private static final List<String> PLACES =
      List.of("--partition", "--account", "--qos", "-p", "-A");

  private SlurmJobs() {}

  /// The script of the array.
  ///
  /// @param options what else `sbatch` is told
  public static String shards(ClusterRun run, List<String> options) {
    return String.format(
            Locale.ROOT,
            """
            #!/bin/bash
            # A shard of plan.json, which is forks, for each task of the array.
            #SBATCH --job-name=lockstep
            #SBATCH --array=1-%d
            #SBATCH --exclusive
            #SBATCH --requeue
            #SBATCH --open-mode=append
            #SBATCH --output=%s
            """,
            run.shards(),
            quoted(run.logs().resolve("shard-%a.log").toString()))
        + directives(options)
        + run.shard("$SLURM_ARRAY_TASK_ID");
  }

  /// The script of the job that depends on it.
  ///
  /// @param options what else the array's `sbatch` is told
  public static String merge(ClusterRun run, List<String> options) {
    return """
        #!/bin/bash
        # The shards as one result; it names those that are missing.
        #SBATCH --job-name=lockstep-merge
        #SBATCH --output=%s
        """
            .formatted(quoted(run.logs().resolve("merge.log").toString()))
        + directives(options.stream().filter(SlurmJobs::isPlace).toList())
        + run.merge();
  }

  private static boolean isPlace(String option) {
    return PLACES.stream()
        .anyMatch(place -> option.equals(place) || option.startsWith(place + "="));
  }

  private static String directives(List<String> options) {
    return options.stream()
        .map(option -> "#SBATCH " + quoted(option) + "\n")
        .collect(Collectors.joining());
  }

  /// As sbatch reads a word of a directive.
  private static String quoted(String word) {
    return word.matches("[^\\s\"'#\\\\]+") ? word : "\"" + word + "\"";
  }
}
