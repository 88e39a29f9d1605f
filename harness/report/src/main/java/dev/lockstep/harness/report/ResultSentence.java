package dev.lockstep.harness.report;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.model.format.OneLine;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The result of a run in words: which backend is the fastest, by how much, and whether it is
/// right.
public final class ResultSentence {
  private static final int MAX_LABEL = 80;

  private final RunResults run;
  private final List<Standing> standings;
  private final List<Standing> fastestFirst;

  /// @param standings of the run
  public ResultSentence(RunResults run, List<Standing> standings) {
    this.run = run;
    this.standings = standings;
    fastestFirst =
        standings.stream()
            .filter(Standing::isCompared)
            .sorted(Comparator.comparingDouble(ResultSentence::ratio).reversed())
            .toList();
  }

  private static double ratio(Standing standing) {
    SpeedUp speedUp = standing.speedUp();
    return speedUp == null ? 0 : speedUp.ratio();
  }

  private static String name(Standing standing) {
    return OneLine.of(standing.label(), MAX_LABEL);
  }

  /// The sentence.
  public String text() {
    if (fastestFirst.isEmpty()) {
      return "No backend gave a right answer, so nothing was timed: " + failures() + ".";
    }
    return speed() + " " + correctness();
  }

  private String speed() {
    Standing fastest = fastestFirst.getFirst();
    if (fastestFirst.size() == 1) {
      Double rate = fastest.summary().decodeTokensPerSecond();
      return "%s is the only backend that was timed: %s."
          .formatted(
              name(fastest),
              rate == null
                  ? "its first token came after %s ms"
                      .formatted(Figures.number(fastest.summary().ttftMillis().median()))
                  : "it decodes %s tokens per second".formatted(Figures.number(rate)));
    }
    SpeedUp overBaseline = fastest.speedUp();
    if (overBaseline == null) {
      return "There is no decoding to compare: every backend was asked for one token.";
    }
    Standing next = fastestFirst.get(1);
    SpeedUp overNext =
        fastest.summary().speedUpOver(next.summary(), Sample.Timing::decodeMillis, run.rule());
    if (overNext != null && !isTold(overNext)) {
      return "%s and %s are the fastest, and this run does not tell which of them is faster: they decode %s and %s times as fast as %s%s."
          .formatted(
              name(fastest),
              name(next),
              Figures.ratio(overBaseline),
              String.format(Locale.ROOT, "%.2f", ratio(next)),
              name(baseline()),
              forks(fastest));
    }
    Standing compared = fastest.isBaseline() ? next : baseline();
    SpeedUp by = fastest.isBaseline() ? overNext : overBaseline;
    String also =
        compared == next || overNext == null
            ? ""
            : ", and %s times as fast as the next, %s"
                .formatted(Figures.ratio(overNext), name(next));
    return "%s is the fastest: it decodes %s times as fast as %s%s%s%s."
        .formatted(
            name(fastest),
            by == null ? "?" : Figures.ratio(by),
            name(compared),
            interval(by),
            also,
            forks(fastest));
  }

  /// One that is faster only over the baseline, and not in the rounds that both share, is not.
  private boolean isTold(SpeedUp overNext) {
    String verdict = overNext.verdict();
    return verdict == null
        ? overNext.ratio() > 1 + run.rule().noiseThreshold()
        : verdict.equals(SpeedUp.FASTER);
  }

  private Standing baseline() {
    return standings.stream()
        .filter(Standing::isBaseline)
        .findFirst()
        .orElse(fastestFirst.getLast());
  }

  private static String interval(@Nullable SpeedUp speedUp) {
    Double low = speedUp == null ? null : speedUp.low();
    Double high = speedUp == null ? null : speedUp.high();
    return low == null || high == null
        ? ""
        : String.format(Locale.ROOT, " (95 %% interval %.2f to %.2f)", low, high);
  }

  private static String forks(Standing standing) {
    int forks = standing.summary().forks();
    return forks < SpeedUp.MIN_FORKS ? "" : String.format(Locale.ROOT, ", by %d forks", forks);
  }

  private String correctness() {
    List<Standing> inexact = fastestFirst.stream().filter(s -> !hasRightTokens(s)).toList();
    String failed = failures();
    String unseen =
        fastestFirst.stream()
            .filter(s -> s.summary().match() == MatchClass.TOKENS_EQUAL)
            .map(ResultSentence::name)
            .collect(Collectors.joining(", "));
    String right =
        inexact.isEmpty()
            ? "Every token of every backend in this comparison is identical to the reference's."
            : "Not every token is identical to the reference's: "
                + inexact.stream()
                    .map(s -> name(s) + " " + Objects.toString(s.summary().match(), "unknown"))
                    .collect(Collectors.joining(", "))
                + "; the others are.";
    return right
        + (unseen.isEmpty() ? "" : " The logits of " + unseen + " are not shown.")
        + (failed.isEmpty() ? "" : " Without a speed: " + failed + ".");
  }

  private static boolean hasRightTokens(Standing standing) {
    MatchClass match = standing.summary().match();
    return match == MatchClass.IDENTICAL || match == MatchClass.TOKENS_EQUAL;
  }

  private String failures() {
    return standings.stream()
        .filter(standing -> !standing.hasSpeed())
        .map(standing -> "%s (%s)".formatted(name(standing), standing.match()))
        .collect(Collectors.joining(", "));
  }

  /// Why there is no verdict; null if there is one, or nothing to compare.
  public @Nullable String noVerdict() {
    if (fastestFirst.size() < 2) {
      return null;
    }
    int forks = fastestFirst.stream().mapToInt(s -> s.summary().forks()).min().orElse(0);
    return forks >= SpeedUp.MIN_FORKS
        ? null
        : String.format(
            Locale.ROOT,
            "No verdict: %s, and a verdict takes at least %d. This gives one:",
            forks == 1 ? "this run has one fork" : "this run has " + forks + " forks",
            SpeedUp.MIN_FORKS);
  }

  /// What [#noVerdict] announces.
  public String verdictCommand() {
    return RunCommandLine.withForks(run, SpeedUp.MIN_FORKS);
  }
}
