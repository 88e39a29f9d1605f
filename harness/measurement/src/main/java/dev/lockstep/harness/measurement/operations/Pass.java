package dev.lockstep.harness.measurement.operations;

import java.util.Locale;

/// A forward pass whose operations are timed.
///
/// @param name `prefill(128)` or `decode(10)`
/// @param before how many tokens it finds
/// @param tokens how many it appends
public record Pass(String name, int before, int tokens) {

  /// A prompt at once.
  public static Pass prefill(int before, int tokens) {
    String name = String.format(Locale.ROOT, "prefill(%d)", tokens);
    return new Pass(
        before == 0 ? name : String.format(Locale.ROOT, "%s after %d", name, before),
        before,
        tokens);
  }

  /// A single token.
  public static Pass decode(int before) {
    return new Pass(String.format(Locale.ROOT, "decode(%d)", before), before, 1);
  }
}
