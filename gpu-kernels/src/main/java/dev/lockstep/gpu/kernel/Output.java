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

  final String suffix;
  final String words;

  Output(String suffix, String words) {
    this.suffix = suffix;
    this.words = words;
  }

  boolean hasBias() {
    return this != LOGITS;
  }
}
