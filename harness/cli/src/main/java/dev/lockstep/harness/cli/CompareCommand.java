package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.compare.BackendComparison;
import dev.lockstep.harness.measurement.compare.Comparison;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.measurement.compare.RegressionGate;
import dev.lockstep.harness.measurement.compare.RunComparison;
import dev.lockstep.harness.report.ComparisonReport;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
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

/// `lockstep compare`: two runs, or two backends of one.
@Command(
    name = "compare",
    description = {
      "Compares two runs, or two backends of one run: faster, slower, no difference that can be"
          + " told, or why nothing can be said.",
      "Two runs share no round, and machines drift between them. So a backend is compared by its"
          + " ratio to anchors: backends that both runs hold and that did not change."
    },
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  /// How a comparison is printed.
  enum Format {
    TEXT,
    MARKDOWN,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "The directories of two runs, the earlier first; with --backends that of one.")
  private List<Path> directories = new ArrayList<>();

  @Option(
      names = "--backends",
      paramLabel = "X,Y",
      description = "Compare two backends of one run: how much faster Y is than X.")
  private @Nullable String backends;

  @Option(
      names = "--anchor",
      paramLabel = "ID[:OPTION=VALUE…]",
      split = ",",
      description =
          "Backends that did not change between the runs, separated by commas or repeated. Default:"
              + " naive and kvcache if the revisions differ, every other backend if nothing or"
              + " options differ.")
  private List<String> anchors = new ArrayList<>();

  @Option(
      names = "--noise-threshold",
      paramLabel = "PCT",
      defaultValue = "2%",
      description = "Smaller differences are never told apart, however sure (default: 2%%).")
  private String noiseThreshold = "2%";

  @Option(
      names = "--fail-on-regression",
      paramLabel = "PCT",
      description =
          "Exit with 4 if something is slower and its whole interval lies beyond PCT; with 1 if"
              + " that cannot be known: not comparable, or a difference of PCT would not have been"
              + " told.")
  private @Nullable String failOnRegression;

  @Option(
      names = "--format",
      paramLabel = "text|markdown|json",
      defaultValue = "text",
      description = "How to print it (default: ${DEFAULT-VALUE}).")
  private Format format = Format.TEXT;

  @Override
  public Integer call() {
    double threshold = Percent.parse("--noise-threshold", noiseThreshold);
    if (threshold >= 1) {
      throw UserError.usage(
          "--noise-threshold %s: it must be below 100%%".formatted(noiseThreshold));
    }
    RegressionGate gate = gate(threshold);
    Comparison comparison = comparison(threshold);
    ComparisonReport report = new ComparisonReport(comparison);
    Console.print(
        switch (format) {
          case TEXT -> report.text();
          case MARKDOWN -> report.markdown();
          case JSON -> report.json();
        });
    if (format == Format.TEXT) {
      report.notes().forEach(note -> Console.error("note: " + note));
    }
    if (gate == null) {
      return ExitCode.OK;
    }
    RegressionGate.Outcome outcome = gate.judge(comparison);
    outcome.lines().forEach(Console::error);
    return outcome.exitCode();
  }

  private @Nullable RegressionGate gate(double threshold) {
    if (failOnRegression == null) {
      return null;
    }
    double effect = Percent.parse("--fail-on-regression", failOnRegression);
    if (effect <= threshold) {
      throw UserError.usage(
          "--fail-on-regression %s: differences of %s and less are never told apart; ask for more, or lower --noise-threshold"
              .formatted(failOnRegression, noiseThreshold));
    }
    if (effect >= 1) {
      throw UserError.usage(
          "--fail-on-regression %s: it must be below 100%%".formatted(failOnRegression));
    }
    return new RegressionGate(effect);
  }

  private Comparison comparison(double threshold) {
    if (backends != null) {
      return ofBackends(backends, threshold);
    }
    if (directories.size() != 2) {
      throw UserError.usage(
          directories.size() == 1
              ? "one directory is compared with another, or with --backends X,Y two backends of it"
              : "compare takes two directories");
    }
    Path before = directories.getFirst();
    Path after = directories.getLast();
    requireDifferent(before, after);
    return RunComparison.of(RecordedRun.read(before), RecordedRun.read(after), threshold, anchors);
  }

  private Comparison ofBackends(String names, double threshold) {
    String[] pair = names.split(",", -1);
    if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
      throw UserError.usage(
          "--backends '%s': two backends are needed, as in --backends kvcache,simd"
              .formatted(names));
    }
    if (directories.size() != 1) {
      throw UserError.usage(
          "--backends compares two backends of one run; name one directory, or leave --backends out");
    }
    if (!anchors.isEmpty()) {
      throw UserError.usage(
          "--anchor is for two runs; backends of one run are compared round by round");
    }
    return BackendComparison.of(
        RecordedRun.read(directories.getFirst()), pair[0], pair[1], threshold);
  }

  private static void requireDifferent(Path before, Path after) {
    try {
      if (Files.exists(before) && Files.exists(after) && Files.isSameFile(before, after)) {
        throw UserError.usage(
            "%s and %s are the same directory; name two runs, or compare two backends of one with --backends X,Y"
                .formatted(before, after));
      }
    } catch (IOException e) {
      // What is wrong with them is said when they are read.
      return;
    }
  }
}
