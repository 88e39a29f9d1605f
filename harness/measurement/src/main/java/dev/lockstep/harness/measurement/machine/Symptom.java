package dev.lockstep.harness.measurement.machine;

/// One thing that was looked at.
///
/// @param subject what was looked at, in a few words
/// @param state whether it would spoil a measurement
/// @param finding what was found, with its unit
/// @param advice what to do about it; empty where nothing need be done
public record Symptom(String subject, State state, String finding, String advice) {
  /// How it stands.
  public enum State {
    GOOD,
    BAD,
    /// The system does not tell.
    UNKNOWN
  }

  static Symptom good(String subject, String finding) {
    return new Symptom(subject, State.GOOD, finding, "");
  }

  static Symptom bad(String subject, String finding, String advice) {
    return new Symptom(subject, State.BAD, finding, advice);
  }

  static Symptom unknown(String subject) {
    return new Symptom(subject, State.UNKNOWN, "the system does not tell", "");
  }
}
