package dev.lockstep.tck;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;

/// What the laws are about: a backend with a setting of its options.
public interface Subject {
  /// Most laws use models of this shape: nothing in it is a multiple of a vector's length.
  Gpt2Config SHAPE = RandomModel.config(2, 3, 33, 67, 61);

  /// The backend under test.
  Backend backend();

  /// The options to load it with, as a user would write them.
  default Map<String, String> options() {
    return Map.of();
  }

  /// How far its numbers may be from exact ones.
  default Tolerance tolerance() {
    return Tolerance.F32;
  }

  /// Whether it says that it is not fp32 GPT-2. Then its numbers are not held against exact ones:
  /// they must be numbers, and everything else holds.
  default boolean isApproximate() {
    return backend().approximate(optionValues());
  }

  /// Whether it promises that a token's logits have the same bits however its prefix was cut into
  /// calls. A backend that does is held to it; from the others, agreement within [#tolerance] is
  /// asked.
  default boolean promisesBitIdenticalBatches() {
    return false;
  }

  /// The golden files to hold the backend against: all there are, unless a subclass has to be
  /// quick.
  default List<Golden> goldens() {
    return Golden.all();
  }

  /// The options as the harness would hand them over.
  default OptionValues optionValues() {
    return OptionValues.of(backend().options(), options());
  }

  /// Loads weights; where the backend is not available, the test is skipped or, if [Requirement]
  /// says so, fails.
  default InferenceModel load(Gpt2Weights weights) {
    Requirement.require(
        backend().id(),
        backend().availability(optionValues())
                instanceof Availability.Unavailable(String reason, String remedy)
            ? "%s (%s)".formatted(reason, remedy)
            : null);
    return backend().load(weights, optionValues());
  }

  /// A model of [#SHAPE].
  default InferenceModel loadRandom() {
    return load(RandomModel.tied(SHAPE, 1));
  }

  /// Holds logits against exact ones; where the backend is approximate, only that they are numbers.
  default void assertLogits(Tolerance tolerance, double[] expected, double[] actual, String what) {
    if (isApproximate()) {
      Assertions.assertEquals(expected.length, actual.length, what + ": number of logits");
      for (double logit : actual) {
        Assertions.assertTrue(Double.isFinite(logit), what);
      }
    } else {
      tolerance.assertLogits(expected, actual, what);
    }
  }

  /// Seeded token ids.
  static int[] tokens(Gpt2Config config, int n, long seed) {
    return new SplittableRandom(seed).ints(n, 0, config.vocabSize()).toArray();
  }
}
