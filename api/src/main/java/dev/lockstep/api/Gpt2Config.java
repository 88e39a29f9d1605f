package dev.lockstep.api;

import java.util.Locale;

/// The shape of a GPT-2 model. Names follow Hugging Face's `config.json`.
///
/// @param nLayer transformer blocks
/// @param nHead attention heads; divides `nEmbd`
/// @param nEmbd width of the residual stream, `C`
/// @param nPositions context length: the most tokens a session can hold
/// @param vocabSize vocabulary, `V`
/// @param layerNormEpsilon added to the variance in every LayerNorm
public record Gpt2Config(
    int nLayer, int nHead, int nEmbd, int nPositions, int vocabSize, double layerNormEpsilon) {

  /// @throws IllegalArgumentException if a size is below 1, the heads do not divide the width, or
  ///     epsilon is not a positive number
  public Gpt2Config {
    requirePositive("n_layer", nLayer);
    requirePositive("n_head", nHead);
    requirePositive("n_embd", nEmbd);
    requirePositive("n_positions", nPositions);
    requirePositive("vocab_size", vocabSize);
    if (nEmbd % nHead != 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "n_embd %d is not a multiple of n_head %d", nEmbd, nHead));
    }
    if (!(layerNormEpsilon > 0) || Double.isInfinite(layerNormEpsilon)) {
      throw new IllegalArgumentException(
          "layer_norm_epsilon %s is not a positive number".formatted(layerNormEpsilon));
    }
  }

  private static void requirePositive(String field, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s is %d: it must be at least 1", field, value));
    }
  }

  /// Channels per attention head, `hs = C / NH`.
  public int headSize() {
    return nEmbd / nHead;
  }

  /// Parameters, the tied `lm_head` counted once.
  public long parameterCount() {
    long c = nEmbd;
    long block = 12 * c * c + 13 * c;
    return (vocabSize + (long) nPositions) * c + nLayer * block + 2 * c;
  }

  /// Bytes of fp32 weights that one decoded token must read: every block, the final LayerNorm and
  /// `lm_head` (which the tied embedding is); of the embeddings themselves it reads one row each.
  public long decodeWeightBytes() {
    long c = nEmbd;
    return Float.BYTES * (nLayer * (12 * c * c + 13 * c) + 2 * c + vocabSize * c + 2 * c);
  }

  /// Bytes of keys and values that a KV cache holds per position, in fp32.
  public long kvBytesPerPosition() {
    return 2L * nLayer * nEmbd * Float.BYTES;
  }
}
