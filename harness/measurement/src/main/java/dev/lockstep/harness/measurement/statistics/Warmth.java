package dev.lockstep.harness.measurement.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Whether a backend's warm-up is over: whether its last seconds of work neither trend nor jump.
///
/// A pass is every prompt once. The window is the last passes that together took [#WINDOW_MILLIS],
/// at least [#MIN_PASSES] of them, or two that took [#LONG_MILLIS]. Its older half is compared with
/// its newer half, prompt by prompt, by the medians of the logarithms of their times; the mean over
/// the prompts is the drift.
/// It is over when the drift is at most [#MAX_DRIFT] and compilation took at most
/// [#MAX_COMPILATION] of the window's time: code that is still being compiled will be replaced,
/// however steady the old one was.
///
/// Work is counted, not answers: two answers of 5 ms say nothing, two of a minute say much.
public final class Warmth {
  private static final double WINDOW_MILLIS = 1500;
  private static final int MIN_PASSES = 4;

  /// Two passes are enough where they are as long as this together.
  private static final double LONG_MILLIS = 3000;
  private static final double MAX_DRIFT = 0.02;
  private static final double MAX_COMPILATION = 0.1;

  /// @param logMillis of each prompt
  private record Pass(double[] logMillis, double millis, double jitMillis) {}

  private final List<Pass> passes = new ArrayList<>();

  /// Adds a pass.
  ///
  /// @param millis how long each prompt took, in the same order every time
  /// @param jitMillis how long was compiled meanwhile
  public void add(double[] millis, double jitMillis) {
    double[] logMillis = new double[millis.length];
    double sum = 0;
    for (int i = 0; i < millis.length; i++) {
      logMillis[i] = Math.log(millis[i]);
      sum += millis[i];
    }
    passes.add(new Pass(logMillis, sum, jitMillis));
  }

  /// Whether it is over.
  public boolean isOver() {
    List<Pass> window = window();
    double millis = window.stream().mapToDouble(Pass::millis).sum();
    double compilation = window.stream().mapToDouble(Pass::jitMillis).sum();
    return isEnough(window.size(), millis)
        && Math.abs(drift(window)) <= MAX_DRIFT
        && compilation <= MAX_COMPILATION * millis;
  }

  /// What can be said of a warm-up that was cut off before it was over.
  public String describe() {
    List<Pass> window = window();
    double millis = window.stream().mapToDouble(Pass::millis).sum();
    if (!isEnough(window.size(), millis)) {
      return String.format(
          Locale.ROOT,
          "there was time for %s over the prompts",
          passes.size() == 1 ? "1 pass" : passes.size() + " passes");
    }
    double drift = drift(window);
    return Math.abs(drift) > MAX_DRIFT
        ? String.format(Locale.ROOT, "its time still changed by %.1f %%", 100 * Math.expm1(drift))
        : String.format(
            Locale.ROOT,
            "its code was still being compiled, for %.0f %% of the time",
            100 * window.stream().mapToDouble(Pass::jitMillis).sum() / millis);
  }

  private static boolean isEnough(int passes, double millis) {
    return millis >= WINDOW_MILLIS
        && passes >= 2
        && (passes >= MIN_PASSES || millis >= LONG_MILLIS);
  }

  private List<Pass> window() {
    double millis = 0;
    int from = passes.size();
    while (from > 0 && !isEnough(passes.size() - from, millis)) {
      from--;
      millis += passes.get(from).millis();
    }
    return passes.subList(from, passes.size());
  }

  /// By how much the newer half took longer than the older one, as a logarithm.
  private static double drift(List<Pass> window) {
    int half = window.size() / 2;
    int prompts = window.getFirst().logMillis().length;
    double[] drifts = new double[prompts];
    for (int i = 0; i < prompts; i++) {
      drifts[i] =
          median(window.subList(window.size() - half, window.size()), i)
              - median(window.subList(0, half), i);
    }
    return Estimators.mean(drifts);
  }

  private static double median(List<Pass> passes, int prompt) {
    return Estimators.median(
        passes.stream().mapToDouble(pass -> pass.logMillis()[prompt]).toArray());
  }
}
