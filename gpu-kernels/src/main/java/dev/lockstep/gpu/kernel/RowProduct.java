package dev.lockstep.gpu.kernel;

import java.util.Locale;

/// Writes the kernels of decode's products: one row of x, every weight read once.
///
/// A work-group has 8 lanes × 32 chunks. A lane owns as many neighbouring outputs as it loads
/// floats at once, a chunk is a 32nd of K, so a thread runs one chain (or 2, 4 … side by side) down
/// its chunk of a panel; the chunks' sums meet in local memory and are added in ascending order.
record RowProduct(Geometry geometry, Sizes sizes, Product product, Input input, Output output) {

  private static final String TEXT =
      """
      /* ${name}: ${summary}
         x [${K}] . W [${K}, ${N}] = y [${N}], one row; then ${epilogue}.
         W: ${panels} panels [${K}, ${P}]. K = ${chunks} chunks of ${chunk}${last}.
         Threads: ${lanes} lanes x ${VW} outputs, 32 chunks. */
      KERNEL void ${name}(${parameters}, int row${sizes}) {
        ${constants}
        ${locals}
        LOCAL_ARRAY float sums[32 * ${P}];
        const int lane = TID % 8;
        const int from = TID / 8 * CHUNK;
        const int to = ${to};
        ${aheadDeclare}
        ${prologue}
        ${rowOfChunk}
        ${greatestDeclare}
        for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
          /* A chunk of K: one chain of fused multiply-adds for every output. */
          GLOBAL const ${VEC} *w = (GLOBAL const ${VEC} *) (W + (size_t) panel * K * ${P}) + lane;
          ${VEC} a = ZERO${VW};
          ${chain}
          ((LOCAL ${VEC} *) sums)[TID] = a;
          BARRIER();
          /* The chunks' sums in ascending order, then ${epilogue}. */
          if (TID < ${P}) {
            const int n = panel * ${P} + TID;
            float s = sums[TID];
            ${unrollChunks}
            for (int c = 1; c < CHUNKS; c++) s += sums[c * ${P} + TID];
            if (n < N) {
              ${store}
            }
          }
          BARRIER();
        }
        ${greatestStore}
      }
      """;

  String name() {
    return input.prefix + product.kernel() + output.suffix;
  }

  String text() {
    int k = product.inputs(geometry.config());
    Panels panels = geometry.panels(product);
    int chunk = SummationOrder.chunk(k);
    int chunks = SummationOrder.chunks(k);
    int lastChunk = k - (chunks - 1) * chunk;
    int vectorWidth = geometry.vectorWidth(product);
    int ahead = ahead(lastChunk, vectorWidth);
    return new Template(TEXT)
        .with("name", name())
        .with("summary", row().summary())
        .with("epilogue", output.words)
        .with("K", k)
        .with("N", panels.outputs())
        .with("P", panels.width())
        .with("VW", vectorWidth)
        .with("VEC", vectorWidth == 1 ? "float" : "float" + vectorWidth)
        .with("panels", panels.count())
        .with("lanes", Panels.LANES)
        .with("chunks", chunks)
        .with("chunk", chunk)
        .with("last", lastChunk == chunk ? "" : ", the last of " + lastChunk)
        .with("parameters", parameters())
        .with("sizes", sizes.parameters())
        .with("constants", sizes.together(constants(panels)))
        .with("locals", row().locals())
        .with("prologue", row().prologue())
        .with("rowOfChunk", row().ofChunk())
        .with("aheadDeclare", ahead == 0 ? "" : aheadDeclare(ahead))
        .with("to", ahead > 0 && lastChunk == chunk ? "from + CHUNK" : "MIN(from + CHUNK, K)")
        .with("chain", chain(ahead, chunk))
        .with("unrollChunks", sizes.unroll(chunks > 1 ? chunks - 1 : 1))
        .with("store", store())
        .with("greatestDeclare", output == Output.LOGITS ? GREATEST_DECLARE : "")
        .with("greatestStore", output == Output.LOGITS ? greatestStore(panels.width()) : "")
        .fill();
  }

  private RowInput row() {
    return new RowInput(geometry, sizes, product, input);
  }

  private String constants(Panels panels) {
    int k = panels.inputs();
    int skew = row().skew();
    return sizes.constant("K", k, product.inputsText())
        + sizes.constant("N", panels.outputs(), product.outputsText())
        + sizes.constant("CHUNK", SummationOrder.chunk(k), "CHUNK_OF(K)")
        + sizes.constant("CHUNKS", SummationOrder.chunks(k), "(K + CHUNK - 1) / CHUNK")
        + (skew > 0 ? sizes.constant("SKEW", skew, Integer.toString(skew)) : "")
        + sizes.constant(
            "PANELS",
            panels.count(),
            String.format(Locale.ROOT, "(N + %1$d - 1) / %1$d", panels.width()))
        + row().constants()
        + output.constants(sizes);
  }

  private String parameters() {
    String weights =
        ",\n    GLOBAL const float *RESTRICT W"
            + (output.hasBias() ? ", GLOBAL const float *RESTRICT bias" : "");
    String out =
        ",\n    GLOBAL float *RESTRICT y"
            + switch (output) {
              case KEYS_VALUES -> ", GLOBAL float *RESTRICT keys, GLOBAL float *RESTRICT values";
              case LOGITS -> ", GLOBAL float *RESTRICT best, GLOBAL int *RESTRICT best_id";
              case BIAS, RESIDUAL, GELU -> "";
            };
    boolean needsPosition = input == Input.ATTENTION || output == Output.KEYS_VALUES;
    return row().parameters()
        + weights
        + out
        + (needsPosition ? ",\n    GLOBAL const int *RESTRICT state" : "");
  }

  /// How many loads of a chunk are asked for before they are needed: on a GPU the first ones travel
  /// while the row is being prepared, and the next panel's while this one's sums are added.
  private int ahead(int lastChunk, int vectorWidth) {
    if (!geometry.traits().gpu() || !sizes.specialise()) {
      return 0;
    }
    return Math.min(lastChunk, vectorWidth == 4 ? 16 : 32);
  }

  private static String aheadDeclare(int ahead) {
    return """
        /* The first loads travel while the row is prepared, a next panel's while sums are added. */
        ${VEC} ahead[${AHEAD}];
        if (from < K && GROUP < PANELS) {
          GLOBAL const ${VEC} *w = (GLOBAL const ${VEC} *) (W + (size_t) GROUP * K * ${P}) + lane;
          UNROLL(${AHEAD})
          for (int i = 0; i < ${AHEAD}; i++) ahead[i] = w[(from + i) * 8];
        }
        """
        .replace("${AHEAD}", Integer.toString(ahead));
  }

  private String chain(int ahead, int chunk) {
    String unroll = sizes.unroll(Math.min(chunk, 8));
    if (ahead == 0) {
      return (unroll.isEmpty() ? "" : unroll + "\n")
          + "for (int k = from; k < to; k++) a = FMA${VW}(w[k * 8], xk[k], a);\n";
    }
    return """
        if (from < K) {
          UNROLL(${AHEAD})
          for (int i = 0; i < ${AHEAD}; i++) a = FMA${VW}(ahead[i], xk[from + i], a);
          UNROLL(8)
          for (int k = from + ${AHEAD}; k < to; k++) a = FMA${VW}(w[k * 8], xk[k], a);
          if (panel + GROUPS < PANELS) {
            w += (size_t) GROUPS * K * 8;
            UNROLL(${AHEAD})
            for (int i = 0; i < ${AHEAD}; i++) ahead[i] = w[(from + i) * 8];
          }
        }
        """
        .replace("${AHEAD}", Integer.toString(ahead));
  }

  private String store() {
    return output == Output.LOGITS ? STORE_LOGIT : output.store();
  }

  private static final String STORE_LOGIT =
      """
      y[n] = s;
      if (wins(s, n, greatest, greatest_id)) { greatest = s; greatest_id = n; }
      """;

  private static final String GREATEST_DECLARE =
      """
      float greatest = AS_FLOAT(0x7fffffff); /* NaN loses to every number */
      int greatest_id = 0x7fffffff;
      """;

  private static String greatestStore(int width) {
    return String.format(
        Locale.ROOT,
        """
        /* The greatest logit of this group's panels. */
        LOCAL_ARRAY float bests[%1$d];
        LOCAL_ARRAY int best_ids[%1$d];
        if (TID < %1$d) { bests[TID] = greatest; best_ids[TID] = greatest_id; }
        BARRIER();
        if (TID == 0) {
          for (int i = 1; i < %1$d; i++)
            if (wins(bests[i], best_ids[i], greatest, greatest_id)) {
              greatest = bests[i];
              greatest_id = best_ids[i];
            }
          best[GROUP] = greatest;
          best_id[GROUP] = greatest_id;
        }
        """,
        width);
  }
}
