package dev.lockstep.gpu.kernel;

/// Where the row comes from that a product multiplies.
enum Input {
  /// It lies in memory.
  COPY(""),
  /// It is the LayerNorm of a row in memory.
  LAYER_NORM("ln_"),
  /// It is what attention's blocks of keys amount to.
  ATTENTION("attention_");

  final String prefix;

  Input(String prefix) {
    this.prefix = prefix;
  }
}
