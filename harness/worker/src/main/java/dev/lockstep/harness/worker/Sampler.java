package dev.lockstep.harness.worker;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Chooses tokens at random from logits. Equal logits and an equal seed give equal tokens on every
/// machine: candidates are ordered by logit and then by id, sums run in that order in double
/// precision, and the exponential is [StrictMath]'s.
final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;

  Sampler(Sampling sampling) {
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
  }

  /// @param logits `[vocabSize]`
  int choose(float[] logits) {
    int[] candidates =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id))
            .limit(sampling.topK() > 0 ? sampling.topK() : logits.length)
            .mapToInt(Integer::intValue)
            .toArray();
    double[] weights = new double[candidates.length];
    double total = 0;
    double best = logits[candidates[0]];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = StrictMath.exp((logits[candidates[i]] - best) / sampling.temperature());
      total += weights[i];
    }
    int kept = nucleus(weights, total);
    double keptTotal = 0;
    for (int i = 0; i < kept; i++) {
      keptTotal += weights[i];
    }
    double left = random.nextDouble() * keptTotal;
    for (int i = 0; i < kept; i++) {
      left -= weights[i];
      if (left < 0) {
        return candidates[i];
      }
    }
    return candidates[kept - 1];
  }

  /// How many of the best candidates together reach `topP`; at least one.
  private int nucleus(double[] weights, double total) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      if (sum >= sampling.topP() * total) {
        return i + 1;
      }
    }
    return weights.length;
  }
}
