package dev.lockstep.gpu.testing;

import static dev.lockstep.gpu.testing.JavaArithmetic.exp;
import static dev.lockstep.gpu.testing.JavaArithmetic.max;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.kernel.SummationOrder;
import java.util.function.IntPredicate;

/// What the kernels of attention compute, and where keys and values lie in the cache.
final class JavaAttention {
  private final Gpt2Config config;
  private final int channels;
  private final int heads;
  private final int headSize;
  private final int blocks;

  JavaAttention(Gpt2Config config) {
    this.config = config;
    channels = config.nEmbd();
    heads = config.nHead();
    headSize = config.headSize();
    blocks = SummationOrder.keyBlocks(config.nPositions());
  }

  private long key(int head, int position, int d) {
    int panels = Math.ceilDiv(config.nPositions(), SummationOrder.KEY_CHUNK);
    long panel = (long) head * panels + position / SummationOrder.KEY_CHUNK;
    return (panel * headSize + d) * SummationOrder.KEY_CHUNK + position % SummationOrder.KEY_CHUNK;
  }

  private long value(int head, int position, int d) {
    return ((long) head * config.nPositions() + position) * headSize + d;
  }

  void append(JavaBuffer qkv, JavaBuffer keys, JavaBuffer values, JavaBuffer state, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int n = channels; n < 3 * channels; n++) {
        float v = qkv.get((long) row * 3 * channels + n);
        storeKeyOrValue(n, v, state.getInt(0) + row, keys, values);
      }
    }
  }

  void storeKeyOrValue(int n, float v, int position, JavaBuffer keys, JavaBuffer values) {
    int c = n % channels;
    if (n < 2 * channels) {
      keys.set(key(c / headSize, position, c % headSize), v);
    } else {
      values.set(value(c / headSize, position, c % headSize), v);
    }
  }

  private long partial(int row, int head, int block) {
    return ((long) (row * heads + head) * blocks + block) * (headSize + 2);
  }

  void attend(
      JavaBuffer qkv,
      JavaBuffer keys,
      JavaBuffer values,
      JavaBuffer partial,
      JavaBuffer state,
      int rows) {
    for (int row = 0; row < rows; row++) {
      int position = state.getInt(0) + row;
      for (int head = 0; head < heads; head++) {
        for (int block = 0; block <= position / SummationOrder.KEY_BLOCK; block++) {
          int visible =
              Math.min(position + 1 - block * SummationOrder.KEY_BLOCK, SummationOrder.KEY_BLOCK);
          lookAt(qkv, keys, values, partial, row, head, block, visible);
        }
      }
    }
  }

  private void lookAt(
      JavaBuffer qkv,
      JavaBuffer keys,
      JavaBuffer values,
      JavaBuffer partial,
      int row,
      int head,
      int block,
      int visible) {
    int first = block * SummationOrder.KEY_BLOCK;
    float[] e = new float[SummationOrder.KEY_BLOCK];
    float greatest = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < visible; t++) {
      float chain = 0;
      for (int d = 0; d < headSize; d++) {
        float q = qkv.get((long) row * 3 * channels + head * headSize + d);
        chain = Math.fma(q, keys.get(key(head, first + t, d)), chain);
      }
      e[t] = chain * SummationOrder.scoreScale(config);
      greatest = max(greatest, e[t]);
    }
    for (int t = 0; t < visible; t++) {
      e[t] = exp(e[t] - greatest);
    }
    long p = partial(row, head, block);
    for (int d = 0; d < headSize; d++) {
      int channel = d;
      partial.set(
          p + d, inChunks(e, t -> t < visible, t -> values.get(value(head, first + t, channel))));
    }
    partial.set(p + headSize, inChunks(e, t -> true, t -> 1));
    partial.set(p + headSize + 1, greatest);
  }

  private static float inChunks(float[] e, IntPredicate counts, JavaArithmetic.Elements factor) {
    float sum = 0;
    for (int chunk = 0; chunk < SummationOrder.KEY_BLOCK; chunk += SummationOrder.KEY_CHUNK) {
      float chain = 0;
      for (int t = chunk; t < chunk + SummationOrder.KEY_CHUNK; t++) {
        chain = counts.test(t) ? Math.fma(e[t], factor.at(t), chain) : chain;
      }
      sum = chunk == 0 ? chain : sum + chain;
    }
    return sum;
  }

  void combine(JavaBuffer partial, JavaBuffer y, JavaBuffer state, int rows) {
    for (int row = 0; row < rows; row++) {
      float[] combined = combined(partial, state, row);
      for (int c = 0; c < channels; c++) {
        y.set((long) row * channels + c, combined[c]);
      }
    }
  }

  float[] combined(JavaBuffer partial, JavaBuffer state, int row) {
    int seen = (state.getInt(0) + row) / SummationOrder.KEY_BLOCK + 1;
    float[] y = new float[channels];
    for (int head = 0; head < heads; head++) {
      float greatest = Float.NEGATIVE_INFINITY;
      for (int block = 0; block < seen; block++) {
        greatest = max(greatest, partial.get(partial(row, head, block) + headSize + 1));
      }
      float[] sums = new float[headSize + 1];
      for (int block = 0; block < seen; block++) {
        long p = partial(row, head, block);
        float weight = exp(partial.get(p + headSize + 1) - greatest);
        for (int d = 0; d <= headSize; d++) {
          sums[d] = Math.fma(weight, partial.get(p + d), sums[d]);
        }
      }
      for (int d = 0; d < headSize; d++) {
        y[head * headSize + d] = sums[d] / sums[headSize];
      }
    }
    return y;
  }
}
