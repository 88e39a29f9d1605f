package dev.lockstep.gpu.kernel;

import static java.util.stream.Collectors.joining;

import dev.lockstep.gpu.device.DeviceTraits;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Writes the kernels of prefill's products: many rows of x, each weight that is loaded used for a
/// whole tile of them.
///
/// 256 threads compute a tile of 32, 64 or 128 rows × 64 outputs, each 2, 4 or 8 rows × 4 outputs
/// in registers, twice: the chain of the current chunk and the sum of the chunks before it. A chunk
/// ends where it ends in decode, so every output has the bits of [RowProduct]. The fast order has
/// one chain, and no second sum.
///
/// A step of K lies in local memory while the next one travels from global memory to registers; it
/// is then written to the other half of local memory, so that a step costs one barrier.
record TileProduct(
    Geometry geometry, KernelOptions options, Product product, Output output, int tileRows) {
  private static final String TEXT =
      """
      /* ${name}: x [rows, ${K}] . W [${K}, ${N}] = y [rows, ${N}], then ${epilogue}.
         Tiles of ${TM} rows x 64 outputs; a thread has ${RT} rows x 4 outputs; K in steps of ${KT},
         ${order}. W: panels [${K}, ${P}]. */
      FN void ${name}_store(GLOBAL float *y${bias}${cache}, int row, int n, float s${sizes}) {
        ${storeConstants}
        if (n < N) {
          ${store}
        }
      }
      KERNEL_PAIR void ${name}(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W${bias},
          GLOBAL float *y${cache}, int rows${sizes}) {
        ${constants}
        /* A step's x, transposed, ${pad} floats free after each k so that its banks are others; its W. */
        LOCAL_ARRAY float xs[2 * ${KT} * ${TX}], ws[2 * ${KT} * 64];
        /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
        const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * ${RT};
        const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
        const int kx = TID % ${KT}, rx = TID / ${KT}, kw = TID / 64, nw = TID % 64;
        const int across = (N + 63) / 64;
        int side = 0;
        for (int tile = GROUP; tile < across * ((rows + ${TM1}) / ${TM}); tile += GROUPS) {
          const int n0 = tile % across * 64, m0 = tile / across * ${TM};
          /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
             there, for sums that nobody stores. */
          ${columns}
          const int panel = MIN((n0 + nw) / ${P}, PANELS - 1);
          GLOBAL const float *wp = W + ((size_t) panel * K + kw) * ${P} + (n0 + nw) % ${P};
          float ${fetchedNames};
          ${fetchFirst}
          ${sums}
          const int row = m0 + r0, n = n0 + c0;
          ${stores}
        }
      }
      """;

  /// K in the chunks of decode.
  private static final String CHUNKS =
      """
      float4 ${chainZeros};
      float4 ${sumZeros};
      for (int from = 0; from < K; from += CHUNK) {
        const int to = MIN(from + CHUNK, K);
        for (int k0 = from; k0 < to; k0 += ${KT}) {
          ${step}
        }
        /* A chunk ends: its sum goes to those before it. */
        if (from == 0) {
          ${firstChunk}
        } else {
          ${nextChunk}
        }
      }
      """;

  private static final String ONE_CHAIN =
      """
      float4 ${sumZeros};
      for (int k0 = 0; k0 < K; k0 += ${KT}) {
        ${step}
      }
      """;

  private static final String STEP =
      """
      LOCAL float *xh = xs + side * (${KT} * ${TX}), *wh = ws + side * (${KT} * 64);
      ${keep}
      BARRIER();
      if (k0 + ${KT} < K) {
        ${next}
        ${fetchNext}
      }
      if (m0 + r0 < rows) {
        ${steps}
        ${unrollK}
        for (int k = 0; k < ${turns}; k++) {
          const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
          LOCAL const float *xk = xh + k * ${TX} + r0;
          ${multiply}
        }
      }
      side = 1 - side;
      """;

  String name() {
    return product.kernel() + output.suffix + options.tileSuffix(tileRows);
  }

  String text() {
    int k = product.inputs(geometry.config());
    int chunk = SummationOrder.chunk(k);
    int step = options.oneOrder() && chunk % 8 != 0 ? 4 : 8;
    Sizes sizes = sizes();
    Panels panels = geometry.panels(product);
    boolean cache = output == Output.KEYS_VALUES;
    boolean whole = sizes.specialise() && k % step == 0;
    Fetch fetch = new Fetch(tileRows, step, panels.width(), whole);
    return new Template(TEXT)
        .with("name", name())
        .with("epilogue", output == Output.LOGITS ? "nothing" : output.words)
        .with("K", k)
        .with("N", product.outputs(geometry.config()))
        .with("P", panels.width())
        .with("TM", tileRows)
        .with("TM1", tileRows - 1)
        .with("TX", tileRows + fetch.pad())
        .with("pad", fetch.pad())
        .with("RT", tileRows / 16)
        .with("KT", step)
        .with("order", options.oneOrder() ? chunks(k) : "one chain")
        .with("columns", fetch.columns())
        .with("fetchedNames", fetch.names())
        .with("fetchFirst", fetch.load("0"))
        .with("next", whole ? "" : "const int next = k0 + " + step + ";")
        .with("fetchNext", fetch.load("next"))
        .with("keep", fetch.keep())
        .with("sums", options.oneOrder() ? CHUNKS : ONE_CHAIN)
        .with("step", STEP)
        .with("chainZeros", each(", ", "a%1$d = ZERO4"))
        .with("sumZeros", each(", ", "s%1$d = ZERO4"))
        .with("multiply", each("\n", options.oneOrder() ? multiply("a") : multiply("s")))
        .with("firstChunk", each("\n", "s%1$d = a%1$d; a%1$d = ZERO4;"))
        .with("nextChunk", each("\n", "s%1$d = ADD4(s%1$d, a%1$d); a%1$d = ZERO4;"))
        .with("stores", each("\n", storeRow(cache)))
        .with("storeConstants", sizes.together(storeConstants()))
        .with("bias", output.hasBias() ? ", GLOBAL const float *bias" : "")
        .with(
            "cache",
            cache ? ", GLOBAL float *keys,\n    GLOBAL float *values, GLOBAL const int *state" : "")
        .with("sizes", sizes.parameters())
        .with("constants", sizes.together(constants(k, chunk, panels)))
        .with("steps", whole ? "" : "const int steps = MIN(K - k0, " + step + ");")
        .with("turns", whole ? Integer.toString(step) : "steps")
        .with("unrollK", whole ? sizes.unroll(step) : "")
        .with("store", output.store())
        .fill();
  }

  private Sizes sizes() {
    return new Sizes(geometry.config(), options.specialise());
  }

  private static String chunks(int k) {
    int chunk = SummationOrder.chunk(k);
    int last = k - (SummationOrder.chunks(k) - 1) * chunk;
    return "chunks of " + chunk + (last == chunk ? "" : ", the last of " + last);
  }

  private static String multiply(String sum) {
    return "%1$s%%1$d = FMA4(w, xk[%%1$d], %1$s%%1$d);".formatted(sum);
  }

  /// A step's way from global memory through a thread's registers to local memory.
  ///
  /// @param whole whether every step is whole, so that nothing lies behind the last k
  private record Fetch(int tileRows, int step, int panelWidth, boolean whole) {
    private static final int BANKS = 32;

    /// Rows of x that the 256 threads fetch at once.
    private int rowsAtOnce() {
      return DeviceTraits.THREADS / step;
    }

    private int xCount() {
      return Math.max(1, tileRows / rowsAtOnce());
    }

    private int wCount() {
      return step * Geometry.TILE_COLUMNS / DeviceTraits.THREADS;
    }

    /// A wave writes `step` values of 32 / step rows each: they lie in 32 banks. A multiple of 4
    /// keeps the columns aligned.
    int pad() {
      return BANKS / step;
    }

    /// With four values of k to a step there are more threads than a small tile has places.
    private String fewRows() {
      return rowsAtOnce() > tileRows ? String.format(Locale.ROOT, "if (rx < %d) ", tileRows) : "";
    }

    String columns() {
      return lines(
          xCount(),
          i ->
              String.format(
                  Locale.ROOT,
                  "GLOBAL const float *x%dp = x + (size_t) MIN(m0 + rx%s, rows - 1) * K + kx;",
                  i,
                  i == 0 ? "" : " + " + i * rowsAtOnce()));
    }

    String names() {
      return Stream.concat(
              IntStream.range(0, xCount()).mapToObj(i -> "x" + i),
              IntStream.range(0, wCount()).mapToObj(i -> "w" + i))
          .collect(joining(", "));
    }

    /// Loads a step and moves on by one.
    ///
    /// @param from the step's first k
    String load(String from) {
      return lines(
              xCount(), i -> load("x" + i, from + " + kx", String.format(Locale.ROOT, "*x%dp", i)))
          + "\n"
          + lines(
              wCount(),
              i ->
                  load(
                      "w" + i,
                      String.format(Locale.ROOT, "%s + kw + %d", from, 4 * i),
                      String.format(Locale.ROOT, "wp[%d]", 4 * i * panelWidth)))
          + "\n"
          + lines(xCount(), i -> String.format(Locale.ROOT, "x%dp += %d;", i, step))
          + String.format(Locale.ROOT, "\nwp += %d;", step * panelWidth);
    }

    private String load(String name, String k, String value) {
      return whole
          ? "%s = %s;".formatted(name, value)
          : "%s = %s < K ? %s : 0.0f;".formatted(name, k, value);
    }

    String keep() {
      int columnFloats = tileRows + pad();
      return lines(
              xCount(),
              i ->
                  String.format(
                      Locale.ROOT,
                      "%sxh[kx * %d + rx + %d] = x%d;",
                      fewRows(),
                      columnFloats,
                      i * rowsAtOnce(),
                      i))
          + "\n"
          + lines(
              wCount(),
              i -> String.format(Locale.ROOT, "wh[TID + %d] = w%d;", i * DeviceTraits.THREADS, i));
    }

    private static String lines(int count, IntFunction<String> line) {
      return IntStream.range(0, count).mapToObj(line).collect(joining("\n"));
    }
  }

  private String each(String between, String text) {
    return IntStream.range(0, tileRows / 16)
        .mapToObj(i -> String.format(Locale.ROOT, text, i))
        .collect(joining(between));
  }

  /// Stores four outputs of a row of the thread's.
  private String storeRow(boolean cache) {
    String sizeNames = sizes().parameters().replace("int ", "");
    String before =
        "y" + (output.hasBias() ? ", bias" : "") + (cache ? ", keys, values, state" : "");
    StringBuilder text = new StringBuilder("if (row + %1$d < rows) {\n");
    String[] parts = {"x", "y", "z", "w"};
    for (int c = 0; c < parts.length; c++) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %s_store(%s, row + %%1$d, n + %d, s%%1$d.%s%s);\n",
              name(),
              before,
              c,
              parts[c],
              sizeNames));
    }
    return text.append("}").toString();
  }

  private String constants(int k, int chunk, Panels panels) {
    Sizes sizes = sizes();
    return sizes.constant("K", k, product.inputsText())
        + sizes.constant("N", panels.outputs(), product.outputsText())
        + (options.oneOrder() ? sizes.constant("CHUNK", chunk, "CHUNK_OF(K)") : "")
        + sizes.constant(
            "PANELS",
            panels.count(),
            String.format(Locale.ROOT, "(N + %1$d - 1) / %1$d", panels.width()));
  }

  private String storeConstants() {
    Sizes sizes = sizes();
    return sizes.constant("N", product.outputs(geometry.config()), product.outputsText())
        + output.constants(sizes);
  }
}
