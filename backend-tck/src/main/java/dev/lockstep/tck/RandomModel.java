package dev.lockstep.tck;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    tensors.remove("lm_head.weight");
    return new Gpt2Weights(config, tensors);
  }

  /// Weights with a head of its own, every tensor at an odd byte.
  public static Gpt2Weights untied(Gpt2Config config, long seed) {
    return new Gpt2Weights(config, tensors(config, seed, 1));
  }

  /// Untied weights, all of them multiplied by `factor`.
  public static Gpt2Weights scaled(Gpt2Config config, long seed, double factor) {
    return new Gpt2Weights(config, tensors(config, seed, factor));
  }

  /// Untied weights in which rows i, i + `distance`, i + 2 · `distance` … of the head are the same,
  /// so that a best logit is a tie wherever the vocabulary has another row of its kind.
  public static Gpt2Weights withEqualHeadRows(Gpt2Config config, long seed, int distance) {
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor head = Objects.requireNonNull(tensors.get("lm_head.weight"));
    long rowBytes = (long) Float.BYTES * config.nEmbd();
    MemorySegment equal = Arena.ofAuto().allocate(head.data().byteSize());
    for (int row = 0; row < config.vocabSize(); row++) {
      MemorySegment.copy(head.data(), row % distance * rowBytes, equal, row * rowBytes, rowBytes);
    }
    tensors.put(head.name(), new Tensor(head.name(), head.shape(), equal.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// As [#withEqualHeadRows], but each row of a kind is longer than the one before by the fraction
  /// `step`, so that the best logit is ahead of others by no more than that fraction of itself.
  public static Gpt2Weights withNearlyEqualHeadRows(
      Gpt2Config config, long seed, int distance, double step) {
    Gpt2Weights equal = withEqualHeadRows(config, seed, distance);
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor head = equal.lmHead();
    MemorySegment scaled = Arena.ofAuto().allocate(head.data().byteSize());
    for (int row = 0; row < config.vocabSize(); row++) {
      for (int c = 0; c < config.nEmbd(); c++) {
        long i = (long) row * config.nEmbd() + c;
        float value = (float) (head.get(i) * (1 + step * (row / distance)));
        scaled.set(Tensor.LAYOUT, Float.BYTES * i, value);
      }
    }
    tensors.put(head.name(), new Tensor(head.name(), head.shape(), scaled.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// Tied weights of a model that says every token again: blocks add nothing, positions are all
  /// alike, and each token's embedding is a row of signs of its own, as many of the one as of the
  /// other, so that it is most like itself.
  public static Gpt2Weights repeating(Gpt2Config config, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Gpt2Weights.shapes(config)
        .forEach(
            (name, shape) -> {
              int elements = shape.stream().reduce(1, Math::multiplyExact);
              MemorySegment data = Arena.ofAuto().allocate(4L * elements, 4);
              boolean gain = name.contains("ln_") && name.endsWith(".weight");
              for (int i = 0; i < elements; i++) {
                data.set(Tensor.LAYOUT, 4L * i, gain ? 1 : 0);
              }
              if (name.equals("wte.weight")) {
                for (int id = 0; id < config.vocabSize(); id++) {
                  setSigns(data.asSlice(4L * id * config.nEmbd()), config.nEmbd(), random);
                }
              }
              tensors.put(name, new Tensor(name, shape, data.asReadOnly()));
            });
    tensors.remove("lm_head.weight");
    return new Gpt2Weights(config, tensors);
  }

  private static void setSigns(MemorySegment row, int channels, SplittableRandom random) {
    int left = channels / 2;
    for (int c = 0; c < channels; c++) {
      boolean positive = random.nextInt(channels - c) < left;
      left -= positive ? 1 : 0;
      row.set(Tensor.LAYOUT, 4L * c, positive ? 1 : -1);
    }
  }

  /// Untied weights whose `ln_f` has a gain of 0, so that it gives its bias.
  public static Gpt2Weights withConstantFinalNorm(Gpt2Config config, long seed) {
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor gain = Objects.requireNonNull(tensors.get("ln_f.weight"));
    MemorySegment zeros = Arena.ofAuto().allocate(gain.data().byteSize());
    tensors.put(gain.name(), new Tensor(gain.name(), gain.shape(), zeros.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// Untied weights whose positions lie far from zero in every channel alike, so that a LayerNorm
  /// meets a mean of `mean` and a deviation near 1.
  public static Gpt2Weights withLargeMean(Gpt2Config config, long seed, double mean) {
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor wpe = Objects.requireNonNull(tensors.get("wpe.weight"));
    MemorySegment shifted = Arena.ofAuto().allocate(wpe.data().byteSize());
    for (long i = 0; i < wpe.size(); i++) {
      shifted.set(Tensor.LAYOUT, Float.BYTES * i, (float) (wpe.get(i) + mean));
    }
    tensors.put(wpe.name(), new Tensor(wpe.name(), wpe.shape(), shifted.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// Untied weights with one of them replaced.
  ///
  /// @param index into the tensor, row by row
  public static Gpt2Weights withWeight(
      Gpt2Config config, long seed, String name, long index, float value) {
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor tensor = Objects.requireNonNull(tensors.get(name));
    MemorySegment copy = Arena.ofAuto().allocate(tensor.data().byteSize());
    copy.copyFrom(tensor.data());
    copy.set(Tensor.LAYOUT, Float.BYTES * index, value);
    tensors.put(name, new Tensor(name, tensor.shape(), copy.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// Untied weights in which some tokens have the embedding of another.
  ///
  /// @param twins by id, whose embedding it has
  public static Gpt2Weights withTwins(Gpt2Config config, long seed, Map<Integer, Integer> twins) {
    Map<String, Tensor> tensors = tensors(config, seed, 1);
    Tensor wte = Objects.requireNonNull(tensors.get("wte.weight"));
    long rowBytes = (long) Float.BYTES * config.nEmbd();
    MemorySegment copy = Arena.ofAuto().allocate(wte.data().byteSize());
    copy.copyFrom(wte.data());
    twins.forEach(
        (id, twin) ->
            MemorySegment.copy(wte.data(), twin * rowBytes, copy, id * rowBytes, rowBytes));
    tensors.put(wte.name(), new Tensor(wte.name(), wte.shape(), copy.asReadOnly()));
    return new Gpt2Weights(config, tensors);
  }

  /// A digest of every tensor's bytes.
  public static String digest(Gpt2Weights weights) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String name : Gpt2Weights.shapes(weights.config()).keySet()) {
        if (!name.equals("lm_head.weight") || !weights.isTied()) {
          digest.update(weights.tensor(name).data().asByteBuffer());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Tensor> tensors(Gpt2Config config, long seed, double factor) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Gpt2Weights.shapes(config)
        .forEach((name, shape) -> tensors.put(name, tensor(name, shape, random, factor)));
    return tensors;
  }

  private static Tensor tensor(
      String name, List<Integer> shape, SplittableRandom random, double factor) {
    int elements = shape.stream().reduce(1, Math::multiplyExact);
    boolean gain = name.contains("ln_") && name.endsWith(".weight");
    MemorySegment data = Arena.ofAuto().allocate(4L * elements + 1, 1).asSlice(1, 4L * elements);
    for (int i = 0; i < elements; i++) {
      double value = random.nextGaussian() * STANDARD_DEVIATION + (gain ? 1 : 0);
      data.set(Tensor.LAYOUT, 4L * i, (float) (value * factor));
    }
    return new Tensor(name, shape, data.asReadOnly());
  }
}
