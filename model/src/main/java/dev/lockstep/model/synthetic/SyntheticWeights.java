package dev.lockstep.model.synthetic;

import dev.lockstep.api.Gpt2Config;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The generator of synthetic weights. An element depends on the seed, the tensor's name and the
/// element's index alone, so that any part can be made by itself, in any order, by any number of
/// threads, in any language; only integer arithmetic modulo 2⁶⁴ and IEEE 754 double arithmetic
/// without contraction occur, so that the bits are the same everywhere.
///
/// ```
/// mix(z):    z = (z ^ (z >>> 30)) · 0xBF58476D1CE4E5B9
///            z = (z ^ (z >>> 27)) · 0x94D049BB133111EB
///            z ^ (z >>> 31)
/// key        = mix(mix(seed + γ) ^ fnv1a64(name))        γ = 0x9E3779B97F4A7C15
/// word(j)    = mix(key + (j + 1) · γ)         SplitMix64's j-th output from the state key
/// s(i)       = sum of the twelve unsigned 16-bit fields of word(3i), word(3i+1), word(3i+2)
/// element(i) = (float) (mean + deviation · ((s(i) − 393 210) / 65 536))
/// ```
///
/// The sum of twelve uniforms has the variance 1 (in units of 2¹⁶) and the shape of a bell; 393 210
/// is its mean, 12 · 65 535 / 2. Every step but the last two is exact. The format version
/// [#VERSION] is part of the cache's file names, so a change here never meets an old file.
///
/// **Scale.** `mean` and `deviation` depend on the tensor and are chosen so that greedy text keeps
/// changing; docs/numerics.md has the table and the reasons, and `SyntheticTextTest` of stage 2
/// holds it.
///
/// Source: SplitMix64 by Steele, Lea, Flood (OOPSLA 2014); FNV-1a by Fowler, Noll, Vo.
public final class SyntheticWeights {
  /// Changes whenever the same seed would give other bits.
  public static final int VERSION = 1;

  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final int WORDS_PER_ELEMENT = 3;
  private static final int MAX_FIELD = 65_535;
  private static final int MEAN_OF_SUM = 12 * MAX_FIELD / 2;

  private final long key;
  private final double mean;
  private final double deviation;

  /// @param name Hugging Face's name of the tensor, without prefix
  public SyntheticWeights(Gpt2Config config, long seed, String name) {
    key = mix(mix(seed + GAMMA) ^ fnv1a64(name));
    Scale scale = Scale.of(config, name);
    mean = scale.mean();
    deviation = scale.deviation();
  }

  /// Element `index` of the tensor.
  public float element(long index) {
    long state = key + index * WORDS_PER_ELEMENT * GAMMA;
    int sum =
        sumOfFields(mix(state + GAMMA))
            + sumOfFields(mix(state + 2 * GAMMA))
            + sumOfFields(mix(state + 3 * GAMMA));
    return (float) (mean + deviation * ((sum - MEAN_OF_SUM) / 65_536.0));
  }

  /// Appends `count` elements from `index` on, in the buffer's byte order.
  public void fill(long index, int count, ByteBuffer target) {
    for (long i = index; i < index + count; i++) {
      target.putFloat(element(i));
    }
  }

  private static int sumOfFields(long word) {
    return (int)
        ((word & 0xFFFF) + ((word >>> 16) & 0xFFFF) + ((word >>> 32) & 0xFFFF) + (word >>> 48));
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long fnv1a64(String name) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }

  /// Mean and standard deviation of a tensor's elements. Square roots and divisions of doubles are
  /// correctly rounded everywhere.
  private record Scale(double mean, double deviation) {
    static Scale of(Gpt2Config config, String name) {
      double width = Math.sqrt(config.nEmbd());
      double depth = Math.sqrt(config.nLayer());
      String suffix = name.replaceFirst("^h\\.\\d+\\.", "");
      return switch (suffix) {
        case "wte.weight" -> new Scale(0, 1 / width);
        case "wpe.weight" -> new Scale(0, 1.5 / width);
        case "ln_1.weight", "ln_2.weight", "ln_f.weight" -> new Scale(1, 0.1);
        case "ln_1.bias", "ln_2.bias", "ln_f.bias" -> new Scale(0, 0.05);
        case "attn.c_attn.weight" -> new Scale(0, 2 / width);
        case "attn.c_attn.bias" -> new Scale(0, 0.1);
        case "attn.c_proj.weight" -> new Scale(0, 0.25 / (width * depth));
        case "attn.c_proj.bias" -> new Scale(0, 0.05 / depth);
        case "mlp.c_fc.weight" -> new Scale(0, 0.5 / width);
        case "mlp.c_fc.bias" -> new Scale(0, 0.05);
        case "mlp.c_proj.weight" -> new Scale(0, 1.75 / (width * depth));
        case "mlp.c_proj.bias" -> new Scale(0, 0.1 / depth);
        default -> throw new IllegalArgumentException("no tensor of GPT-2: " + name);
      };
    }
  }
}
