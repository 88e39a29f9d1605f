package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;

/// The least time that the two phases of a generation can take on a device, in fp32.
///
/// Limit time of a phase = max(bytes it must read / read bandwidth, FLOPs / FMA rate). Bytes: every
/// weight once per forward pass (of the embeddings one row each), and the keys and values of all
/// earlier positions. FLOPs: two per weight of a matrix and token, four per channel, layer and
/// attended position, and `lm_head` once per new token. What a backend does beyond that
/// (recomputing, copying) is its loss, so the limit is the same for all.
final class PhaseLimits {
  private final Gpt2Config config;
  private final Ceilings ceilings;

  public PhaseLimits(Gpt2Config config, Ceilings ceilings) {
    this.config = config;
    this.ceilings = ceilings;
  }

  /// The first new token after a prompt of `promptTokens`, with `depth` tokens in the cache.
  public double prefillSeconds(int depth, int promptTokens) {
    double bytes = config.decodeWeightBytes() + (double) depth * config.kvBytesPerPosition();
    double flops = headFlops();
    for (int position = depth; position < depth + promptTokens; position++) {
      flops += blockFlops() + attentionFlops(position);
    }
    return seconds(bytes, flops);
  }

  /// The other `newTokens − 1`, one forward pass each, after a context of `contextTokens`: the
  /// depth and the prompt.
  public double decodeSeconds(int contextTokens, int newTokens) {
    double bytes = 0;
    double flops = 0;
    for (int position = contextTokens; position < contextTokens + newTokens - 1; position++) {
      bytes += config.decodeWeightBytes() + (double) position * config.kvBytesPerPosition();
      flops += blockFlops() + headFlops() + attentionFlops(position);
    }
    return seconds(bytes, flops);
  }

  private double seconds(double bytes, double flops) {
    return Math.max(bytes / ceilings.readBytesPerSecond(), flops / ceilings.fmaFlopsPerSecond());
  }

  private double blockFlops() {
    return 24.0 * config.nLayer() * config.nEmbd() * config.nEmbd();
  }

  private double headFlops() {
    return 2.0 * config.vocabSize() * config.nEmbd();
  }

  private double attentionFlops(int position) {
    return 4.0 * config.nLayer() * config.nEmbd() * (position + 1);
  }
}
