package dev.lockstep.harness.worker;

import dev.lockstep.api.TokenSink;
import java.util.Arrays;
import java.util.Locale;

/// Notes every token and the moment it came. Nothing is allocated while the clock runs.
final class TokenClock implements TokenSink {
  private final int[] tokenIds;
  private final long[] tokenNanos;
  private long startNanos;
  private int count;

  /// @param capacity how many tokens are expected; more are counted and refused by [#tokenIds]
  TokenClock(int capacity) {
    tokenIds = new int[capacity];
    tokenNanos = new long[capacity];
  }

  void start() {
    startNanos = System.nanoTime();
  }

  @Override
  public void accept(int token) {
    long now = System.nanoTime();
    if (count < tokenIds.length) {
      tokenIds[count] = token;
      tokenNanos[count] = now - startNanos;
    }
    count++;
  }

  /// @throws IllegalStateException if more tokens came than were asked for
  int[] tokenIds() {
    if (count > tokenIds.length) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "the backend gave %d tokens where %d were asked for",
              count,
              tokenIds.length));
    }
    return Arrays.copyOf(tokenIds, count);
  }

  long[] tokenNanos() {
    return Arrays.copyOf(tokenNanos, Math.min(count, tokenNanos.length));
  }
}
