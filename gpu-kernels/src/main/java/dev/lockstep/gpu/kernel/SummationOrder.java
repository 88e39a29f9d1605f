package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;

/// The one order of arithmetic: what is added to what, in which order, on every device, in decode
/// as in prefill. Everything else (how many work-groups, which thread, which tile) is free, because
/// no choice of it touches this order. Only [KernelOptions#oneOrder] can leave it, for prefill's
/// products: then each is one chain over all of K.
///
/// - **Products** `y[n] = Σ_k x[k]·W[k, n]`. Lanes are outputs. K is cut into at most 32 chunks of
///   [#chunk] elements. A chunk is one chain of fused multiply-adds in ascending k that starts from
///   +0; the chunks' sums are added in ascending order. Then comes the bias, then GELU or the
///   residual, one rounding each. Error: `|ŷ − y| ≤ (chunk + 32 + 2)·u·Σ|x·w|`, `u = 2⁻²⁴`, which
///   `ErrorBoundTest` holds.
/// - **Row sums** (LayerNorm) have 256 virtual lanes: lane t adds elements t, t + 256 … in order.
///   In each 32 lanes a tree (16, 8, 4, 2, 1 apart), then the eight sums in ascending order.
/// - **Attention** looks at keys in blocks of [#KEY_BLOCK]. A block has its own greatest score m,
///   its exponentials `exp(s − m)`, and sums, of the exponentials and of exponential times value,
///   in four chunks of [#KEY_CHUNK] keys: a chain each, added in ascending order. Blocks are
///   combined in ascending order with weights `exp(m_b − max m)`, one chain of fused multiply-adds;
///   the quotient comes last.
/// - **Greatest logit**: a total order (greater value, then lower id; NaN below numbers), so the
///   order of comparisons does not matter.
public final class SummationOrder {
  /// The most chunks of a product.
  public static final int CHUNKS = 32;

  /// Keys that are looked at together.
  public static final int KEY_BLOCK = 128;

  /// Keys of one chain.
  public static final int KEY_CHUNK = 32;

  private SummationOrder() {}

  /// Elements of a chunk of K: a 32nd, rounded up to a multiple of 4.
  public static int chunk(int k) {
    return Math.ceilDiv(Math.ceilDiv(k, CHUNKS), 4) * 4;
  }

  /// How many chunks K has; the last may be shorter.
  public static int chunks(int k) {
    return Math.ceilDiv(k, chunk(k));
  }

  /// `1 / √hs`, rounded once: what a score is multiplied with.
  public static float scoreScale(Gpt2Config config) {
    return (float) (1 / Math.sqrt(config.headSize()));
  }

  /// LayerNorm's epsilon in single precision: never zero, so that a row of equal numbers is not
  /// divided by it.
  public static float epsilon(Gpt2Config config) {
    return Math.clamp((float) config.layerNormEpsilon(), Float.MIN_NORMAL, Float.MAX_VALUE);
  }

  /// Blocks of keys that a whole context has.
  public static int keyBlocks(int nPositions) {
    return Math.ceilDiv(nPositions, KEY_BLOCK);
  }
}
