package dev.lockstep.harness.measurement.statistics;

/// What a verdict rests on.
///
/// @param noiseThreshold differences within this fraction are not told apart, however sure: 0.02 is
///     2 %
/// @param pilot from how many forks, the first, the spread is estimated; 0 for all of them. Where a
///     pilot's spread decided how many forks there are, its own estimate must be used: only then
///     are confidence and power what they are said to be (Stein 1945)
public record VerdictRule(double noiseThreshold, int pilot) {
  /// How many forks a pilot has.
  public static final int PILOT = SpeedUp.MIN_FORKS;

  private static final double NOISE_THRESHOLD = 0.02;

  /// Of a run whose number of forks was given.
  public static final VerdictRule GIVEN_FORKS = new VerdictRule(NOISE_THRESHOLD, 0);

  /// Of a run whose number of forks its pilot decided.
  public static final VerdictRule PILOT_FORKS = new VerdictRule(NOISE_THRESHOLD, PILOT);
}
