package dev.lockstep.tck;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Models of any shape with seeded random weights, made in memory.
public final class RandomModel {
  /// Large enough that logits differ by far more than fp32 rounding.
  private static final double STANDARD_DEVIATION = 0.2;

  private RandomModel() {}

  /// A config with GPT-2's LayerNorm epsilon.
  public static Gpt2Config config(int nLayer, int nHead, int nEmbd, int nPositions, int vocabSize) {
    return new Gpt2Config(nLayer, nHead, nEmbd, nPositions, vocabSize, 1e-5);
  }

  /// Weights with a tied head, every tensor at an odd byte, as in real checkpoints.
  public static Gpt2Weights tied(Gpt2Config config, long seed) {
    Map<String, Tensor> tensors = tensors(config, seed);
    tensors.remove("lm_head.weight");
    return new Gpt2Weights(config, tensors);
  }

  /// Weights with a head of its own, every tensor at an odd byte.
  public static Gpt2Weights untied(Gpt2Config config, long seed) {
    return new Gpt2Weights(config, tensors(config, seed));
  }

  private static Map<String, Tensor> tensors(Gpt2Config config, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Gpt2Weights.shapes(config)
        .forEach((name, shape) -> tensors.put(name, tensor(name, shape, random)));
    return tensors;
  }

  private static Tensor tensor(String name, List<Integer> shape, SplittableRandom random) {
    int elements = shape.stream().reduce(1, Math::multiplyExact);
    boolean gain = name.contains("ln_") && name.endsWith(".weight");
    MemorySegment data = Arena.ofAuto().allocate(4L * elements + 1, 1).asSlice(1, 4L * elements);
    for (int i = 0; i < elements; i++) {
      double value = random.nextGaussian() * STANDARD_DEVIATION + (gain ? 1 : 0);
      data.set(Tensor.LAYOUT, 4L * i, (float) value);
    }
    return new Tensor(name, shape, data.asReadOnly());
  }
}
