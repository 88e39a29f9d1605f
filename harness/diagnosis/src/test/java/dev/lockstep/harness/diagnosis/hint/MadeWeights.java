package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Random weights for the tests of this module, which depends on the API alone: the contract has
/// its own, and uses this module.
public final class MadeWeights {
  /// Logits then differ by far more than rounding.
  private static final double STANDARD_DEVIATION = 0.2;

  private MadeWeights() {}

  /// With a head of its own.
  public static Gpt2Weights untied(Gpt2Config config, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Gpt2Weights.shapes(config)
        .forEach((name, shape) -> tensors.put(name, tensor(name, shape, random)));
    return new Gpt2Weights(config, tensors);
  }

  private static Tensor tensor(String name, List<Integer> shape, SplittableRandom random) {
    long elements = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    MemorySegment data = Arena.ofAuto().allocate(Float.BYTES * elements);
    double mean = name.contains("ln_") && name.endsWith(".weight") ? 1 : 0;
    for (long i = 0; i < elements; i++) {
      double value = mean + STANDARD_DEVIATION * random.nextGaussian();
      data.set(Tensor.LAYOUT, Float.BYTES * i, (float) value);
    }
    return new Tensor(name, shape, data.asReadOnly());
  }
}
