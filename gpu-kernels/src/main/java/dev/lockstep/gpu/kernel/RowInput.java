package dev.lockstep.gpu.kernel;

import java.util.Locale;

/// Writes how a product of one row comes by that row: its parameters, and what brings it into local
/// memory, `xs`. A row that is too long for that is read where it lies.
record RowInput(Geometry geometry, Sizes sizes, Product product, Input input) {

  private static final String COPY_ROW =
      """
      /* The row to local memory. */
      for (int i = TID; i < K; i += 256) xs[${place}] = x[(size_t) row * K + i];
      BARRIER();
      """;

  private static final String NORMALISE_ROW =
      """
      /* LayerNorm of the row to local memory. */
      layer_norm_row(x + (size_t) row * K, gain, shift, ${epsilon}, K, xs, ${chunkAndSkew}, fold);
      """;

  private static final String COMBINE_BLOCKS =
      """
      /* Each head's blocks of keys, weighted by exp(greatest of the block - greatest of all). */
      const int blocks = (state[0] + row) / 128 + 1;
      GLOBAL const float *p = partial + (size_t) row * NH * BLOCKS * (HS + 2);
      for (int i = TID; i < NH * blocks; i += 256)
        greatest[i] = p[(i / blocks * BLOCKS + i % blocks) * (HS + 2) + HS + 1];
      BARRIER();
      for (int i = TID; i < NH * blocks; i += 256) {
        const int first = i / blocks * blocks;
        float m = greatest[first];
        for (int b = 1; b < blocks; b++) m = MAX(m, greatest[first + b]);
        weight[i] = exponential(greatest[i] - m);
      }
      BARRIER();
      for (int h = TID; h < NH; h += 256) {
        float s = 0.0f;
        for (int b = 0; b < blocks; b++)
          s = FMA(weight[h * blocks + b], p[(h * BLOCKS + b) * (HS + 2) + HS], s);
        whole[h] = s;
      }
      BARRIER();
      for (int i = TID; i < K; i += 256) {
        const int h = i / HS;
        float s = 0.0f;
        for (int b = 0; b < blocks; b++)
          s = FMA(weight[h * blocks + b], p[(h * BLOCKS + b) * (HS + 2) + i % HS], s);
        xs[${place}] = DIV(s, whole[h]);
      }
      BARRIER();
      """;

  /// What the kernel does before it multiplies, for its comment.
  String summary() {
    return switch (input) {
      case COPY -> "a row times " + product.kernel() + ".";
      case LAYER_NORM -> "LayerNorm of a row, times " + product.kernel() + ".";
      case ATTENTION -> "attention's blocks of keys combined, times " + product.kernel() + ".";
    };
  }

  /// The kernel's first parameters.
  String parameters() {
    return switch (input) {
      case COPY -> "GLOBAL const float *RESTRICT x";
      case LAYER_NORM ->
          "GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,\n"
              + "    GLOBAL const float *RESTRICT shift";
      case ATTENTION -> "GLOBAL const float *RESTRICT partial";
    };
  }

  /// The sizes that [#prologue] needs beyond those of a product.
  String constants() {
    return input == Input.ATTENTION ? sizes.heads() + sizes.headSize() + sizes.keyBlocks() : "";
  }

  /// Local memory.
  String locals() {
    int floats = product.inputs(geometry.config()) + SummationOrder.CHUNKS * skew();
    String row =
        isStaged() ? String.format(Locale.ROOT, "LOCAL_ARRAY float xs[%d];\n", floats) : "";
    return row
        + switch (input) {
          case COPY -> "";
          case LAYER_NORM -> "LOCAL_ARRAY float fold[FOLD];\n";
          case ATTENTION -> {
            int heads = geometry.config().nHead();
            int pairs = heads * geometry.keyBlocks();
            yield String.format(
                Locale.ROOT,
                "LOCAL_ARRAY float greatest[%d], weight[%d], whole[%d];\n",
                pairs,
                pairs,
                heads);
          }
        };
  }

  /// Brings the row there.
  String prologue() {
    return switch (input) {
      case COPY ->
          isStaged()
              ? COPY_ROW.replace("${place}", place())
              : "GLOBAL const float *xs = x + (size_t) row * K;\n";
      case LAYER_NORM ->
          NORMALISE_ROW
              .replace("${epsilon}", Sizes.literal(SummationOrder.epsilon(geometry.config())))
              .replace("${chunkAndSkew}", skew() > 0 ? "CHUNK, SKEW" : "1, 0");
      case ATTENTION -> COMBINE_BLOCKS.replace("${place}", place());
    };
  }

  /// Declares `xk`: its element k is the row's, for the k of a thread's chunk.
  String ofChunk() {
    return skew() > 0
        ? "LOCAL const float *xk = xs + TID / 8 * SKEW; /* xk[k] for the k of this chunk */"
        : (isStaged() ? "LOCAL" : "GLOBAL") + " const float *xk = xs;";
  }

  /// Floats that are left free after each chunk of the row.
  int skew() {
    return isStaged() && sizes.specialise() ? geometry.skew(product) : 0;
  }

  private boolean isStaged() {
    return input != Input.COPY || geometry.stages(product);
  }

  /// Where element i of the row lies in local memory.
  private String place() {
    return skew() > 0 ? "i + i / CHUNK * SKEW" : "i";
  }
}
