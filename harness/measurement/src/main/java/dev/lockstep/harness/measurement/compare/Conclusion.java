package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.SpeedUp;

/// What can be said of two figures.
public enum Conclusion {
  FASTER("faster"),
  SLOWER("slower"),
  /// The interval reaches into what counts as noise.
  UNDECIDED(SpeedUp.UNDECIDED),
  /// The ratio jumped within forks.
  UNSTEADY(SpeedUp.UNSTEADY),
  /// There is a ratio, and too few forks for an interval.
  TOO_FEW_FORKS("none: too few forks"),
  /// Nothing links the two figures.
  ABSOLUTE_ONLY("none: absolute figures only"),
  /// It is what others are compared by.
  ANCHOR("anchor: taken as unchanged"),
  NOT_COMPARABLE("not comparable");

  private final String label;

  Conclusion(String label) {
    this.label = label;
  }

  /// In words.
  public String label() {
    return label;
  }

  static Conclusion of(SpeedUp speedUp) {
    return switch (speedUp.verdict()) {
      case SpeedUp.FASTER -> FASTER;
      case SpeedUp.SLOWER -> SLOWER;
      case SpeedUp.UNSTEADY -> UNSTEADY;
      case SpeedUp.UNDECIDED -> UNDECIDED;
      case null, default -> TOO_FEW_FORKS;
    };
  }
}
