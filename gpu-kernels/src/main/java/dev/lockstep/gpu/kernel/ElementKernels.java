package dev.lockstep.gpu.kernel;

/// Writes the kernels that do something to every element or row, and the last one of a token.
final class ElementKernels {
  private final Geometry geometry;
  private final Sizes sizes;

  ElementKernels(Geometry geometry, Sizes sizes) {
    this.geometry = geometry;
    this.sizes = sizes;
  }

  /// `x = wte[token] + wpe[position]`. The token embedding is read in the panels of lm_head.
  String embed() {
    return new Template(
            """
            /* embed: x [rows, ${C}] = wte[token] + wpe[position]. state = position, token, token ...
               wte lies in the panels of lm_head, [${panels}, ${C}, ${P}]. */
            KERNEL void embed(GLOBAL const float *RESTRICT wte, GLOBAL const float *RESTRICT wpe,
                GLOBAL float *RESTRICT x, GLOBAL const int *RESTRICT state, int rows${sizes}) {
              ${constants}
              for (int i = GROUP * 256 + TID; i < rows * C; i += GROUPS * 256) {
                const int row = i / C, c = i % C, token = state[1 + row];
                x[i] = wte[((size_t) (token / ${P}) * C + c) * ${P} + token % ${P}]
                    + wpe[(size_t) (state[0] + row) * C + c];
              }
            }
            """)
        .with("C", geometry.config().nEmbd())
        .with("P", geometry.panels(Product.LM_HEAD).width())
        .with("panels", geometry.panels(Product.LM_HEAD).count())
        .with("constants", sizes.embedding())
        .with("sizes", sizes.parameters())
        .fill();
  }

  /// LayerNorm, a work-group a row.
  String layerNorm() {
    boolean local = geometry.stages(Product.C_ATTN);
    return new Template(
            """
            /* layernorm: y [rows, ${C}] = LayerNorm of x [rows, ${C}], one group a row. */
            KERNEL void layernorm(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,
                GLOBAL const float *RESTRICT shift, GLOBAL float *RESTRICT y, int rows${sizes}) {
              ${constants}
              LOCAL_ARRAY float fold[FOLD];
              ${locals}
              for (int row = GROUP; row < rows; row += GROUPS) {
                ${body}
              }
            }
            """)
        .with("C", geometry.config().nEmbd())
        .with("constants", sizes.embedding())
        .with("sizes", sizes.parameters())
        .with("locals", local ? "LOCAL_ARRAY float xs[${C}];" : "")
        .with("body", local ? LOCAL_ROW : GLOBAL_ROW)
        .with("epsilon", Sizes.literal(SummationOrder.epsilon(geometry.config())))
        .fill();
  }

  private static final String LOCAL_ROW =
      """
      layer_norm_row(x + (size_t) row * C, gain, shift, ${epsilon}, C, xs, 1, 0, fold);
      for (int i = TID; i < C; i += 256) y[(size_t) row * C + i] = xs[i];
      """;

  /// A row too long for local memory; the operations of `layer_norm_row`.
  private static final String GLOBAL_ROW =
      """
      GLOBAL const float *from = x + (size_t) row * C;
      float sum = 0.0f;
      for (int i = TID; i < C; i += 256) sum += from[i];
      const float mean = DIV(group_sum(sum, fold), (float) C);
      sum = 0.0f;
      for (int i = TID; i < C; i += 256) { float d = from[i] - mean; sum = FMA(d, d, sum); }
      const float r = DIV(1.0f, SQRT(DIV(group_sum(sum, fold), (float) C) + ${epsilon}));
      for (int i = TID; i < C; i += 256)
        y[(size_t) row * C + i] = FMA((from[i] - mean) * r, gain[i], shift[i]);
      """;

  /// The residual sum and GELU where no product does them.
  static String add() {
    return """
        /* add: x = x + y, the residual connection, n elements. */
        KERNEL void add(GLOBAL float *RESTRICT x, GLOBAL const float *RESTRICT y, int n) {
          for (int i = GROUP * 256 + TID; i < n; i += GROUPS * 256) x[i] = x[i] + y[i];
        }
        """;
  }

  static String gelu() {
    return """
        /* gelu: y = GELU(x), n elements. */
        KERNEL void gelu(GLOBAL const float *RESTRICT x, GLOBAL float *RESTRICT y, int n) {
          for (int i = GROUP * 256 + TID; i < n; i += GROUPS * 256) y[i] = gelu_of(x[i]);
        }
        """;
  }

  /// The greatest logit of all, and the state of the next token.
  static String argmax() {
    return """
        /* argmax: the greatest of the groups' greatest logits becomes the next token, and the position
           moves on by the rows that were appended. One group. */
        KERNEL void argmax(GLOBAL const float *RESTRICT best, GLOBAL const int *RESTRICT best_id,
            GLOBAL int *RESTRICT state, int groups, int rows) {
          LOCAL_ARRAY float values[256];
          LOCAL_ARRAY int ids[256];
          float greatest = AS_FLOAT(0x7fffffff); /* NaN loses to every number */
          int id = 0x7fffffff;
          for (int i = TID; i < groups; i += 256)
            if (wins(best[i], best_id[i], greatest, id)) { greatest = best[i]; id = best_id[i]; }
          values[TID] = greatest;
          ids[TID] = id;
          BARRIER();
          for (int width = 128; width > 0; width /= 2) {
            if (TID < width && wins(values[TID + width], ids[TID + width], values[TID], ids[TID])) {
              values[TID] = values[TID + width];
              ids[TID] = ids[TID + width];
            }
            BARRIER();
          }
          if (TID == 0) {
            state[0] = state[0] + rows;
            state[1] = ids[0];
          }
        }
        """;
  }
}
