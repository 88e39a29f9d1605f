package dev.lockstep.harness.measurement.run;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// In which order a round visits things: a permutation that depends on nothing but the seed, the
/// fork and the round. Every round has its own, so that drift of the machine hits all backends
/// alike.
final class RoundOrder {
  private RoundOrder() {}

  /// A random number generator for one purpose in one round.
  static SplittableRandom random(long seed, int fork, int round, String purpose) {
    long mixed = seed;
    for (long part : new long[] {fork, round, purpose.hashCode()}) {
      mixed = new SplittableRandom(mixed * 31 + part).nextLong();
    }
    return new SplittableRandom(mixed);
  }

  /// Fisher and Yates's shuffle.
  static <T> List<T> shuffled(List<T> items, SplittableRandom random) {
    List<T> shuffled = new ArrayList<>(items);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      T moved = shuffled.get(i);
      shuffled.set(i, shuffled.get(j));
      shuffled.set(j, moved);
    }
    return shuffled;
  }
}
