package dev.lockstep.gpu.kernel;

/// Writes what c_attn's epilogue does with its outputs: queries to a buffer, keys and values to the
/// cache. Keys lie as `[NH, ⌈positions / 32⌉, hs, 32]`, so that lanes can be positions; values as
/// `[NH, positions, hs]`, so that lanes can be channels.
final class CacheText {
  private CacheText() {}

  /// Where the epilogue of c_attn puts output n.
  static String store(String value, String row, String position) {
    return """
        const float v = %s;
        const int at = %s;
        if (n < C) {
          y[(size_t) (%s) * N + n] = v;
        } else if (n < 2 * C) {
          const int h = (n - C) / HS, d = (n - C) %% HS;
          keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at %% 32] = v;
        } else {
          const int h = (n - 2 * C) / HS, d = (n - 2 * C) %% HS;
          values[((size_t) h * POSITIONS + at) * HS + d] = v;
        }
        """
        .formatted(value, position, row);
  }
}
