package dev.lockstep.gpu.testing;

import static dev.lockstep.gpu.testing.JavaArithmetic.exp;
import static dev.lockstep.gpu.testing.JavaArithmetic.max;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.Order;
import dev.lockstep.gpu.kernel.Panels;
import dev.lockstep.gpu.kernel.Product;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.function.IntPredicate;

/// What every generated kernel computes, in Java, bit for bit: the specification that the compiled
/// ones are held to. It knows nothing of threads, tiles and local memory, only of [Order].
final class JavaKernels {
  private final Gpt2Config config;
  private final Geometry geometry;
  private final int channels;
  private final int heads;
  private final int headSize;
  private final int blocks;

  JavaKernels(Geometry geometry) {
    this.geometry = geometry;
    config = geometry.config();
    channels = config.nEmbd();
    heads = config.nHead();
    headSize = config.headSize();
    blocks = Order.keyBlocks(config.nPositions());
  }

  /// A launch's arguments, one after the other.
  private record Arguments(Iterator<Argument> rest) {
    JavaBuffer buffer() {
      return (JavaBuffer) rest.next();
    }

    int number() {
      return ((Argument.Int) rest.next()).value();
    }
  }

  void run(Launch launch) {
    Arguments in = new Arguments(launch.arguments().iterator());
    switch (launch.kernel().name()) {
      case "embed" -> embed(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "layernorm" ->
          layerNorm(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "append" -> append(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "attend" -> attend(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.buffer(), 1);
      case "attend_tile" ->
          attend(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "combine" -> combine(in.buffer(), in.buffer(), in.buffer(), in.number());
      case "add" -> add(in.buffer(), in.buffer(), in.number());
      case "gelu" -> gelu(in.buffer(), in.buffer(), in.number());
      case "argmax" -> argmax(in.buffer(), in.buffer(), in.buffer(), in.number(), in.number());
      default -> product(launch, in);
    }
  }

  private void embed(JavaBuffer wte, JavaBuffer wpe, JavaBuffer x, JavaBuffer state, int rows) {
    Panels panels = geometry.panels(Product.LM_HEAD);
    for (int row = 0; row < rows; row++) {
      for (int c = 0; c < channels; c++) {
        long position = (long) (state.getInt(0) + row) * channels + c;
        x.set(
            (long) row * channels + c,
            wte.get(panels.index(c, state.getInt(1 + row))) + wpe.get(position));
      }
    }
  }

  private void layerNorm(JavaBuffer x, JavaBuffer gain, JavaBuffer shift, JavaBuffer y, int rows) {
    for (int row = 0; row < rows; row++) {
      float[] normalised = normalised(x, gain, shift, row);
      for (int c = 0; c < channels; c++) {
        y.set((long) row * channels + c, normalised[c]);
      }
    }
  }

  private float[] normalised(JavaBuffer x, JavaBuffer gain, JavaBuffer shift, int row) {
    return JavaArithmetic.layerNorm(
        channels,
        x.from((long) row * channels),
        gain.from(0),
        shift.from(0),
        Order.epsilon(config));
  }

  private long key(int head, int position, int d) {
    int panels = Math.ceilDiv(config.nPositions(), Order.KEY_CHUNK);
    long panel = (long) head * panels + position / Order.KEY_CHUNK;
    return (panel * headSize + d) * Order.KEY_CHUNK + position % Order.KEY_CHUNK;
  }

  private long value(int head, int position, int d) {
    return ((long) head * config.nPositions() + position) * headSize + d;
  }

  private void append(
      JavaBuffer qkv, JavaBuffer keys, JavaBuffer values, JavaBuffer state, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int n = channels; n < 3 * channels; n++) {
        float v = qkv.get((long) row * 3 * channels + n);
        storeKeyOrValue(n, v, state.getInt(0) + row, keys, values);
      }
    }
  }

  private void storeKeyOrValue(int n, float v, int position, JavaBuffer keys, JavaBuffer values) {
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

  private void attend(
      JavaBuffer qkv,
      JavaBuffer keys,
      JavaBuffer values,
      JavaBuffer partial,
      JavaBuffer state,
      int rows) {
    for (int row = 0; row < rows; row++) {
      int position = state.getInt(0) + row;
      for (int head = 0; head < heads; head++) {
        for (int block = 0; block <= position / Order.KEY_BLOCK; block++) {
          int visible = Math.min(position + 1 - block * Order.KEY_BLOCK, Order.KEY_BLOCK);
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
    int first = block * Order.KEY_BLOCK;
    float[] e = new float[Order.KEY_BLOCK];
    float greatest = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < visible; t++) {
      float chain = 0;
      for (int d = 0; d < headSize; d++) {
        float q = qkv.get((long) row * 3 * channels + head * headSize + d);
        chain = Math.fma(q, keys.get(key(head, first + t, d)), chain);
      }
      e[t] = chain * Order.scoreScale(config);
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
    for (int chunk = 0; chunk < Order.KEY_BLOCK; chunk += Order.KEY_CHUNK) {
      float chain = 0;
      for (int t = chunk; t < chunk + Order.KEY_CHUNK; t++) {
        chain = counts.test(t) ? Math.fma(e[t], factor.at(t), chain) : chain;
      }
      sum = chunk == 0 ? chain : sum + chain;
    }
    return sum;
  }

  private void combine(JavaBuffer partial, JavaBuffer y, JavaBuffer state, int rows) {
    for (int row = 0; row < rows; row++) {
      float[] combined = combined(partial, state, row);
      for (int c = 0; c < channels; c++) {
        y.set((long) row * channels + c, combined[c]);
      }
    }
  }

  private float[] combined(JavaBuffer partial, JavaBuffer state, int row) {
    int seen = (state.getInt(0) + row) / Order.KEY_BLOCK + 1;
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

  private static void add(JavaBuffer x, JavaBuffer y, int n) {
    for (int i = 0; i < n; i++) {
      x.set(i, x.get(i) + y.get(i));
    }
  }

  private static void gelu(JavaBuffer x, JavaBuffer y, int n) {
    for (int i = 0; i < n; i++) {
      y.set(i, JavaArithmetic.gelu(x.get(i)));
    }
  }

  private static void argmax(
      JavaBuffer best, JavaBuffer bestId, JavaBuffer state, int groups, int rows) {
    int winner = 0;
    for (int i = 1; i < groups; i++) {
      if (JavaArithmetic.wins(
          best.get(i), bestId.getInt(i), best.get(winner), bestId.getInt(winner))) {
        winner = i;
      }
    }
    state.setInt(0, state.getInt(0) + rows);
    state.setInt(1, bestId.getInt(winner));
  }

  /// The name says what a product's kernel does: `[ln_|attention_]product[_kv|_add|_gelu][_rowsN]`.
  private void product(Launch launch, Arguments in) {
    String name = launch.kernel().name();
    boolean manyRows = name.matches(".*_rows(32|128)");
    String stem = name.replaceFirst("^(ln|attention)_", "").replaceFirst("_rows(32|128)$", "");
    Product product =
        Arrays.stream(Product.values())
            .filter(p -> stem.startsWith(p.kernel()))
            .max(Comparator.comparingInt(p -> p.kernel().length()))
            .orElseThrow();
    String epilogue = stem.substring(product.kernel().length());
    JavaBuffer x = in.buffer();
    JavaBuffer gain = name.startsWith("ln_") ? in.buffer() : null;
    JavaBuffer shift = name.startsWith("ln_") ? in.buffer() : null;
    JavaBuffer weight = in.buffer();
    JavaBuffer bias = product == Product.LM_HEAD ? null : in.buffer();
    JavaBuffer y = in.buffer();
    boolean cache = epilogue.equals("_kv");
    JavaBuffer keys = cache ? in.buffer() : null;
    JavaBuffer values = cache ? in.buffer() : null;
    boolean greatest = product == Product.LM_HEAD && !manyRows;
    JavaBuffer best = greatest ? in.buffer() : null;
    JavaBuffer bestId = greatest ? in.buffer() : null;
    boolean attention = name.startsWith("attention_");
    JavaBuffer state = cache || attention ? in.buffer() : null;
    int number = in.number();
    int outputs = product.outputs(config);
    for (int row = manyRows ? 0 : number; row < (manyRows ? number : number + 1); row++) {
      float[] input =
          gain != null && shift != null
              ? normalised(x, gain, shift, row)
              : attention && state != null
                  ? combined(x, state, row)
                  : row(x, row, product.inputs(config));
      for (int n = 0; n < outputs; n++) {
        float sum = sum(product, input, weight, n);
        float s = bias == null ? sum : sum + bias.get(n);
        long at = greatest ? n : (long) row * outputs + n;
        switch (epilogue) {
          case "_add" -> y.set(at, y.get(at) + s);
          case "_gelu" -> y.set(at, JavaArithmetic.gelu(s));
          case "_kv" -> {
            if (n < channels) {
              y.set(at, s);
            } else if (state != null && keys != null && values != null) {
              storeKeyOrValue(n, s, state.getInt(0) + row, keys, values);
            }
          }
          default -> y.set(at, s);
        }
      }
    }
    if (best != null && bestId != null) {
      bestOfGroups(y, best, bestId, launch.groups());
    }
  }

  private static float[] row(JavaBuffer x, int row, int width) {
    float[] copy = new float[width];
    for (int i = 0; i < width; i++) {
      copy[i] = x.get((long) row * width + i);
    }
    return copy;
  }

  private float sum(Product product, float[] input, JavaBuffer weight, int n) {
    Panels panels = geometry.panels(product);
    long first = panels.index(0, n);
    return JavaArithmetic.product(
        panels.inputs(), k -> input[k], k -> weight.get(first + (long) k * panels.width()));
  }

  private void bestOfGroups(JavaBuffer logits, JavaBuffer best, JavaBuffer bestId, int groups) {
    Panels panels = geometry.panels(Product.LM_HEAD);
    for (int group = 0; group < groups; group++) {
      float greatest = Float.NaN;
      int id = Integer.MAX_VALUE;
      for (int panel = group; panel < panels.count(); panel += groups) {
        int to = Math.min((panel + 1) * panels.width(), panels.outputs());
        for (int n = panel * panels.width(); n < to; n++) {
          if (JavaArithmetic.wins(logits.get(n), n, greatest, id)) {
            greatest = logits.get(n);
            id = n;
          }
        }
      }
      best.set(group, greatest);
      bestId.setInt(group, id);
    }
  }
}
