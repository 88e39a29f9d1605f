package dev.lockstep.harness.micro;

import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// What came of one benchmark.
///
/// @param kind `prefill` or `decode`
/// @param at the prompt's length or the token's position
/// @param measured null if a fork failed
public record MicroResult(
    BackendVariant variant, String kind, int at, @Nullable RunResult measured) {
  private static final String ALLOCATION = "gc.alloc.rate.norm";
  private static final double MILLIS_PER_SECOND = 1e3;

  /// `decode(128)`.
  public String name() {
    return name(kind, at);
  }

  static String name(String kind, int at) {
    return String.format(Locale.ROOT, "%s(%d)", kind, at);
  }

  /// Mean time of a pass.
  public @Nullable Double millis() {
    return measured == null ? null : measured.getPrimaryResult().getScore();
  }

  /// Half the width of the mean's 99.9 % interval by Student's t over the iterations, or null if
  /// there are too few.
  public @Nullable Double errorMillis() {
    if (measured == null) {
      return null;
    }
    double error = measured.getPrimaryResult().getScoreError();
    return Double.isNaN(error) ? null : error;
  }

  /// Tokens that went through the model in a second.
  public @Nullable Double tokensPerSecond() {
    Double millis = millis();
    int tokens = kind.equals(ForwardPass.PREFILL) ? at : 1;
    return millis == null ? null : tokens * MILLIS_PER_SECOND / millis;
  }

  /// Java heap allocated by a pass; null without the gc profiler.
  public @Nullable Double allocatedBytes() {
    Result<?> allocation = measured == null ? null : measured.getSecondaryResults().get(ALLOCATION);
    return allocation == null ? null : allocation.getScore();
  }
}
