package dev.lockstep.gpu.kernel;

import static java.util.stream.Collectors.joining;

import java.util.stream.IntStream;

/// Writes the kernels of prefill's products: many rows of x, each weight that is loaded used for a
/// whole tile of them.
///
/// 256 threads compute a tile of 32 or 128 rows × 64 outputs, each 2 or 8 rows × 4 outputs in
/// registers, twice: the chain of the current chunk and the sum of the chunks before it. A chunk
/// ends where it ends in decode, so every output has the bits of [RowProduct].
record TileProduct(Geometry geometry, Sizes sizes, Product product, Output output, int tileRows) {
  private static final String TEXT =
      """
      /* ${name}: x [rows, ${K}] . W [${K}, ${N}] = y [rows, ${N}], then ${epilogue}.
         Tiles of ${TM} rows x 64 outputs; a thread has ${RT} rows x 4 outputs; K in steps of ${KT},
         chunks of ${chunk}${last}. W: panels [${K}, ${P}]. */
      FN void ${name}_store(GLOBAL float *y${bias}${cache}, int row, int n, float s${sizes}) {
        ${storeConstants}
        if (n < N) {
          ${store}
        }
      }
      KERNEL void ${name}(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W${bias},
          GLOBAL float *y${cache}, int rows${sizes}) {
        ${constants}
        LOCAL_ARRAY float xs[${KT} * ${TM}], ws[${KT} * 64];
        const int r0 = TID / 16 * ${RT}, c0 = TID % 16 * 4;
        const int across = (N + 63) / 64;
        for (int tile = GROUP; tile < across * ((rows + ${TM1}) / ${TM}); tile += GROUPS) {
          const int n0 = tile % across * 64, m0 = tile / across * ${TM};
          float4 ${chainZeros};
          float4 ${sumZeros};
          for (int k0 = 0; k0 < K; k0 += ${KT}) {
            for (int i = TID; i < ${KT} * ${TM}; i += 256) {
              const int m = m0 + i / ${KT}, k = k0 + i % ${KT};
              xs[i % ${KT} * ${TM} + i / ${KT}] = m < rows && k < K ? x[(size_t) m * K + k] : 0.0f;
            }
            for (int i = TID; i < ${KT} * 64; i += 256) {
              const int n = n0 + i % 64, k = k0 + i / 64;
              ws[i] = n < PANELS * ${P} && k < K
                  ? W[((size_t) (n / ${P}) * K + k) * ${P} + n % ${P}] : 0.0f;
            }
            BARRIER();
            if (m0 + r0 < rows) {
              ${steps}
              ${unrollK}
              for (int k = 0; k < ${turns}; k++) {
                const float4 w = *(LOCAL const float4 *) (ws + k * 64 + c0);
                LOCAL const float *xk = xs + k * ${TM} + r0;
                ${multiply}
              }
              if (k0 + ${KT} == CHUNK || (k0 < CHUNK && k0 + ${KT} >= K)) {
                /* The first chunk ends. */
                ${firstChunk}
              } else if ((k0 + ${KT}) % CHUNK == 0 || k0 + ${KT} >= K) {
                /* A chunk ends: its sum goes to those before it. */
                ${nextChunk}
              }
            }
            BARRIER();
          }
          const int row = m0 + r0, n = n0 + c0;
          ${stores}
        }
      }
      """;

  String name() {
    return product.kernel() + output.suffix + "_rows" + tileRows;
  }

  String text() {
    int k = product.inputs(geometry.config());
    int chunk = Order.chunk(k);
    int step = chunk % 16 == 0 ? 16 : chunk % 8 == 0 ? 8 : 4;
    int lastChunk = k - (Order.chunks(k) - 1) * chunk;
    Panels panels = geometry.panels(product);
    boolean cache = output == Output.KEYS_VALUES;
    boolean whole = sizes.specialise() && k % step == 0;
    return new Template(TEXT)
        .with("name", name())
        .with("epilogue", output == Output.LOGITS ? "nothing" : output.words)
        .with("K", k)
        .with("N", product.outputs(geometry.config()))
        .with("P", panels.width())
        .with("TM", tileRows)
        .with("TM1", tileRows - 1)
        .with("RT", tileRows / 16)
        .with("KT", step)
        .with("chunk", chunk)
        .with("last", lastChunk == chunk ? "" : ", the last of " + lastChunk)
        .with("chainZeros", each(", ", "a%1$d = ZERO4"))
        .with("sumZeros", each(", ", "s%1$d = ZERO4"))
        .with("multiply", each("\n", "a%1$d = FMA4(w, xk[%1$d], a%1$d);"))
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

  private String each(String between, String text) {
    return IntStream.range(0, tileRows / 16).mapToObj(text::formatted).collect(joining(between));
  }

  /// Stores four outputs of a row of the thread's.
  private String storeRow(boolean cache) {
    String sizeNames = sizes.parameters().isEmpty() ? "" : sizes.parameters().replace("int ", "");
    String before =
        "y" + (output.hasBias() ? ", bias" : "") + (cache ? ", keys, values, state" : "");
    StringBuilder text = new StringBuilder("if (row + %1$d < rows) {\n");
    String[] parts = {"x", "y", "z", "w"};
    for (int c = 0; c < parts.length; c++) {
      text.append(
          "  %s_store(%s, row + %%1$d, n + %d, s%%1$d.%s%s);\n"
              .formatted(name(), before, c, parts[c], sizeNames));
    }
    return text.append("}").toString();
  }

  private String constants(int k, int chunk, Panels panels) {
    return sizes.constant("K", k, product.inputsText())
        + sizes.constant("N", panels.outputs(), product.outputsText())
        + sizes.constant("CHUNK", chunk, "CHUNK_OF(K)")
        + sizes.constant(
            "PANELS", panels.count(), "(N + %1$d - 1) / %1$d".formatted(panels.width()));
  }

  private String storeConstants() {
    return sizes.constant("N", product.outputs(geometry.config()), product.outputsText())
        + output.constants(sizes);
  }
}
