package dev.lockstep.harness.verification;

import java.util.Locale;

/// What a backend must agree with itself about.
///
/// All but the first two must hold to the bit: the same calls on the same tokens are the same
/// computation, whatever came before or happens beside. However a sequence is cut into calls, its
/// logits may differ by rounding alone.
public enum ConsistencyCheck {
  /// One forward of the whole prompt, one of each half, a token at a time, and `forwardAll`.
  BATCH("one forward = token by token"),
  /// `generateGreedy` takes the best token of `forward`, and leaves the session where it should.
  GENERATE("generate = forward"),
  /// After a rewind, other tokens and the same tokens give what a fresh session gives.
  REWIND("rewind and replay"),
  /// A fresh session, another one, and the first one emptied.
  REPEAT("the same prompt twice"),
  /// Two sessions that take turns.
  SECOND_SESSION("a second session beside it"),
  /// A session that is closed while another one is at work.
  CLOSE("another session is closed"),
  /// Sessions on several threads at once.
  THREADS("sessions on several threads"),
  /// An observed session.
  OBSERVE("observing changes nothing");

  private final String description;

  ConsistencyCheck(String description) {
    this.description = description;
  }

  /// For people.
  public String description() {
    return description;
  }

  /// As the `check` column has it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
