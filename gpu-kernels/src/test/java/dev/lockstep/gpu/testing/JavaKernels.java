package dev.lockstep.gpu.testing;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.Panels;
import dev.lockstep.gpu.kernel.Product;
import dev.lockstep.gpu.kernel.SummationOrder;
import dev.lockstep.gpu.testing.JavaArithmetic.Elements;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;

/// What every generated kernel computes, in Java, bit for bit: the specification that the compiled
/// ones are held to. It knows nothing of threads, tiles and local memory, only of [SummationOrder].
final class JavaKernels {
  private final Gpt2Config config;
  private final Geometry geometry;
  private final int channels;
  private final JavaAttention attention;

  JavaKernels(Geometry geometry) {
    this.geometry = geometry;
    config = geometry.config();
    channels = config.nEmbd();
    attention = new JavaAttention(config);
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
      case "append" ->
          attention.append(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "attend" ->
          attention.attend(in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.buffer(), 1);
      case "attend_tile" ->
          attention.attend(
              in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.buffer(), in.number());
      case "combine" -> attention.combine(in.buffer(), in.buffer(), in.buffer(), in.number());
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
        SummationOrder.epsilon(config));
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

  /// The name says what a product's kernel does:
  /// `[ln_|attention_]product[_kv|_add|_gelu][_rowsN[_chain]]`.
  private void product(Launch launch, Arguments in) {
    String name = launch.kernel().name();
    boolean manyRows = name.contains("_rows");
    boolean oneChain = name.endsWith("_chain");
    String stem = name.replaceFirst("^(ln|attention)_", "").replaceFirst("_rows.*$", "");
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
    boolean blocks = name.startsWith("attention_");
    JavaBuffer state = cache || blocks ? in.buffer() : null;
    int number = in.number();
    int outputs = product.outputs(config);
    for (int row = manyRows ? 0 : number; row < (manyRows ? number : number + 1); row++) {
      float[] input =
          gain != null && shift != null
              ? normalised(x, gain, shift, row)
              : blocks && state != null
                  ? attention.combined(x, state, row)
                  : row(x, row, product.inputs(config));
      for (int n = 0; n < outputs; n++) {
        float sum = sum(product, input, weight, n, oneChain);
        float s = bias == null ? sum : sum + bias.get(n);
        long at = greatest ? n : (long) row * outputs + n;
        switch (epilogue) {
          case "_add" -> y.set(at, y.get(at) + s);
          case "_gelu" -> y.set(at, JavaArithmetic.gelu(s));
          case "_kv" -> {
            if (n < channels) {
              y.set(at, s);
            } else if (state != null && keys != null && values != null) {
              attention.storeKeyOrValue(n, s, state.getInt(0) + row, keys, values);
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

  private float sum(Product product, float[] input, JavaBuffer weight, int n, boolean oneChain) {
    Panels panels = geometry.panels(product);
    long first = panels.index(0, n);
    Elements x = k -> input[k];
    Elements w = k -> weight.get(first + (long) k * panels.width());
    return oneChain
        ? JavaArithmetic.chain(0, panels.inputs(), x, w)
        : JavaArithmetic.product(panels.inputs(), x, w);
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
