package dev.lockstep.gpu.kernel;

/// What becomes of a product's sums.
enum Output {
  /// The bias is added.
  BIAS("", "bias"),
  /// The bias is added; queries are stored, keys and values appended to the cache.
  KEYS_VALUES("_kv", "bias, keys and values to the cache"),
  /// The bias is added, then the residual stream.
  RESIDUAL("_add", "bias, residual"),
  /// The bias is added, then GELU.
  GELU("_gelu", "bias, GELU"),
  /// No bias; the greatest logit of a group's panels is kept.
  LOGITS("", "the greatest of the group's logits");

  /// c_attn's outputs: queries to a buffer, keys and values to the cache. Keys lie as `[NH,
  /// ⌈positions / 32⌉, hs, 32]`, so that lanes can be positions; values as `[NH, positions, hs]`,
  /// so that lanes can be channels.
  private static final String STORE_QUERY_KEY_OR_VALUE =
      """
      const float v = s + bias[n];
      const int at = state[0] + row;
      if (n < C) {
        y[(size_t) row * N + n] = v;
      } else if (n < 2 * C) {
        const int h = (n - C) / HS, d = (n - C) % HS;
        keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] = v;
      } else {
        const int h = (n - 2 * C) / HS, d = (n - 2 * C) % HS;
        values[((size_t) h * POSITIONS + at) * HS + d] = v;
      }
      """;

  final String suffix;
  final String words;

  Output(String suffix, String words) {
    this.suffix = suffix;
    this.words = words;
  }

  boolean hasBias() {
    return this != LOGITS;
  }

  /// The sizes that [#store] needs beyond those of a product.
  String constants(Sizes sizes) {
    return this == KEYS_VALUES
        ? sizes.embedding() + sizes.headSize() + sizes.positions() + sizes.keyPanels()
        : "";
  }

  /// Does it to `s`, the sum of output `n` of row `row`, and stores it.
  String store() {
    return switch (this) {
      case BIAS -> "y[(size_t) row * N + n] = s + bias[n];\n";
      case RESIDUAL -> "y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);\n";
      case GELU -> "y[(size_t) row * N + n] = gelu_of(s + bias[n]);\n";
      case KEYS_VALUES -> STORE_QUERY_KEY_OR_VALUE;
      case LOGITS -> "y[(size_t) row * N + n] = s;\n";
    };
  }
}
