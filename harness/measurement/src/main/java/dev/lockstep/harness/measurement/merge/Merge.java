package dev.lockstep.harness.measurement.merge;

import dev.lockstep.harness.measurement.compare.MachineClasses;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The shards of one plan, and which of them belong together: those of one class of machines. What
/// one class measured is one result; figures of different classes are never in one.
public final class Merge {
  private final PlanFile plan;
  private final List<List<RecordedRun>> classes;
  private final List<String> notes;

  private Merge(PlanFile plan, List<List<RecordedRun>> classes, List<String> notes) {
    this.plan = plan;
    this.classes = classes;
    this.notes = List.copyOf(notes);
  }

  /// Reads shards.
  ///
  /// @param partial whether forks may be missing, and shards unfinished, which are then left out
  /// @throws UserError naming what does not fit together: another plan or revision, a fork that is
  ///     there twice, one that is missing
  public static Merge of(List<Path> directories, boolean partial) {
    List<String> notes = new ArrayList<>();
    List<RecordedRun> runs = new ArrayList<>();
    PlanFile first = null;
    for (Path directory : directories) {
      if (!isFinished(directory)) {
        if (!partial) {
          throw UserError.usage(
              "%s holds no finished shard; finish it with lockstep run --resume -o %s, or leave it out with --partial"
                  .formatted(directory, directory));
        }
        notes.add("%s was not finished and is left out".formatted(directory));
        continue;
      }
      PlanFile own = PlanFile.read(directory.resolve(PlanFile.FILE_NAME));
      if (first == null) {
        first = own;
      } else if (!first.sha256().equals(own.sha256())) {
        throw UserError.usage(
            "%s and %s are of different plans: %s; merge what was run with one plan"
                .formatted(
                    first.path().getParent(),
                    directory,
                    String.join("; ", PlanFile.differences(first, own))));
      }
      runs.add(RecordedRun.read(directory));
    }
    if (first == null) {
      throw UserError.usage("there is no finished shard; nothing can be merged");
    }
    List<Integer> missing = missing(runs, first.forks());
    if (!missing.isEmpty()) {
      String which =
          "%s of %s forks are missing: %s"
              .formatted(missing.size(), first.forks(), numbers(missing));
      if (!partial) {
        throw UserError.usage(
            which + "; run the shards that have them, or merge what there is with --partial");
      }
      notes.add(which);
    }
    return new Merge(first, MachineClasses.of(runs), notes);
  }

  private static boolean isFinished(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw UserError.usage(
          "%s is no directory; name those that lockstep run --shard wrote".formatted(directory));
    }
    return List.of(
            PlanFile.FILE_NAME, SummaryCsv.TABLE.fileName(), VerificationCsv.TABLE.fileName())
        .stream()
        .allMatch(name -> Files.isRegularFile(directory.resolve(name)));
  }

  /// @throws UserError if one is there twice
  private static List<Integer> missing(List<RecordedRun> runs, int forks) {
    Map<Integer, RecordedRun> byFork = new TreeMap<>();
    for (RecordedRun run : runs) {
      for (int fork : forks(run)) {
        RecordedRun other = byFork.putIfAbsent(fork, run);
        if (other != null) {
          throw UserError.usage(
              "fork %s is in %s and in %s; leave one of them out"
                  .formatted(fork, other.directory(), run.directory()));
        }
      }
    }
    List<Integer> missing = new ArrayList<>();
    for (int fork = 1; fork <= forks; fork++) {
      if (!byFork.containsKey(fork)) {
        missing.add(fork);
      }
    }
    return missing;
  }

  /// Those that it ran; the row of a backend that could not run belongs to none.
  static Set<Integer> forks(RecordedRun run) {
    return run.samples().stream()
        .filter(sample -> !MergedRun.isUnavailable(sample))
        .map(sample -> sample.key().fork())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String numbers(List<Integer> numbers) {
    return numbers.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  /// What belongs into the output directory: one result, or one in a directory of its own for each
  /// class of machines.
  ///
  /// @return by the name of the directory below the output's; empty for the output directory itself
  public Map<String, MergedRun> results() {
    Map<String, MergedRun> results = new LinkedHashMap<>();
    for (List<RecordedRun> own : classes) {
      String name = classes.size() == 1 ? "" : "machines-" + (results.size() + 1);
      results.put(name, new MergedRun(plan, own));
    }
    return results;
  }

  /// What should be known of it, a line each.
  public List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    if (classes.size() > 1) {
      all.add(
          "the shards ran on %s kinds of machines, so there are as many results: figures of different machines are never in one"
              .formatted(classes.size()));
    }
    return all;
  }

  /// How a class is called; null where there is but one.
  public @Nullable String title(MergedRun run) {
    return classes.size() == 1 ? null : run.machine();
  }
}
