package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.worker.error.ExitCode;
import java.util.List;
import java.util.Locale;

/// Whether a comparison lets a change pass.
///
/// A **regression** is a row that is slower with its whole interval beyond the effect. One that is
/// found counts, whatever else could not be told. Otherwise every backend that is judged must have
/// been compared on all prompts together, and a difference as large as the effect must have been
/// told nine times in ten; else nothing is known, which is not the same as no regression.
///
/// @param effect the slow-down that is looked for: 0.05 is 5 %
public record RegressionGate(double effect) {
  /// @param lines what was found, for the user
  public record Outcome(int exitCode, List<String> lines) {}

  public Outcome judge(Comparison comparison) {
    List<Row> judged =
        comparison.rows().stream().filter(row -> row.conclusion() != Conclusion.ANCHOR).toList();
    List<String> regressions =
        judged.stream()
            .filter(this::isRegression)
            .map(row -> "regression: %s: %s".formatted(name(row), figures(row)))
            .toList();
    if (!regressions.isEmpty()) {
      return new Outcome(ExitCode.REGRESSION, regressions);
    }
    List<String> unknown =
        judged.stream()
            .filter(row -> row.whole() && !isDecided(row))
            .map(row -> "not known: %s: %s".formatted(name(row), ignorance(row)))
            .toList();
    if (!unknown.isEmpty()) {
      return new Outcome(ExitCode.ERROR, unknown);
    }
    return judged.isEmpty()
        ? new Outcome(
            ExitCode.ERROR,
            List.of(
                "not known: every backend that both runs hold is an anchor; --anchor names some"))
        : new Outcome(
            ExitCode.OK,
            List.of(
                String.format(
                    Locale.ROOT, "no regression of %.3g %% or more was found", 100 * effect)));
  }

  private boolean isRegression(Row row) {
    SpeedUp speedUp = row.speedUp();
    return row.conclusion() == Conclusion.SLOWER
        && speedUp != null
        && speedUp.high() != null
        && speedUp.high() < 1 / (1 + effect);
  }

  private boolean isDecided(Row row) {
    SpeedUp speedUp = row.speedUp();
    if (row.conclusion() == Conclusion.FASTER) {
      return true;
    }
    return (row.conclusion() == Conclusion.SLOWER || row.conclusion() == Conclusion.UNDECIDED)
        && speedUp != null
        && speedUp.detectable() != null
        && speedUp.detectable() <= effect;
  }

  private String ignorance(Row row) {
    SpeedUp speedUp = row.speedUp();
    if (speedUp == null || speedUp.detectable() == null) {
      return row.reason().isEmpty() ? row.conclusion().label() : row.reason();
    }
    return row.conclusion() == Conclusion.UNSTEADY
        ? Conclusion.UNSTEADY.label()
        : String.format(
            Locale.ROOT,
            "the forks spread so much that only %.1f %% would have been told, not %.3g %%; run more forks",
            100 * speedUp.detectable(),
            100 * effect);
  }

  private static String name(Row row) {
    return row.backend() + ", " + row.workload() + ", " + row.metric().title();
  }

  private static String figures(Row row) {
    SpeedUp speedUp = row.speedUp();
    return speedUp == null
        ? ""
        : String.format(
            Locale.ROOT,
            "%.3fx, 95 %% interval [%.3f, %.3f]",
            speedUp.ratio(),
            speedUp.low(),
            speedUp.high());
  }
}
