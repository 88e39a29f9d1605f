package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.Geometry;

/// Activations on the device, of as many rows as a pass takes. One for all sessions of a model:
/// their passes follow each other in the device's queue.
final class Workspace implements AutoCloseable {
  /// Rows of logits that are computed together when all are asked for.
  static final int LOGIT_ROWS = 32;

  private final Buffers buffers;

  /// The residual stream, `[rows, C]`.
  final DeviceBuffer x;

  /// Its LayerNorm, `[rows, C]`, where that is not fused into a product.
  final DeviceBuffer normalised;

  /// Queries, and keys and values where no epilogue stores those in the cache; `[rows, 3C]`.
  final DeviceBuffer qkv;

  /// What attention leaves of every row, head and block of keys.
  final DeviceBuffer partial;

  /// The heads' outputs side by side, `[rows, C]`.
  final DeviceBuffer heads;

  /// What is to be added to the residual stream, `[rows, C]`, where no epilogue adds it.
  final DeviceBuffer addend;

  /// The hidden layer, `[rows, 4C]`; before GELU where that is not fused.
  final DeviceBuffer hidden;

  /// GELU of the hidden layer, `[rows, 4C]`, where it is not fused.
  final DeviceBuffer activated;

  /// `[LOGIT_ROWS, V]`
  final DeviceBuffer logits;

  /// The greatest logit of each work-group of lm_head, and whose it is.
  final DeviceBuffer best;

  final DeviceBuffer bestId;

  Workspace(GpuDevice device, Geometry geometry) {
    buffers = new Buffers(device);
    Gpt2Config config = geometry.config();
    long rows = geometry.rows();
    long channels = config.nEmbd();
    int most = geometry.groups(Integer.MAX_VALUE);
    try {
      x = buffers.allocate("x", rows * channels);
      normalised = buffers.allocate("normalised", rows * channels);
      qkv = buffers.allocate("qkv", rows * 3 * channels);
      partial = buffers.allocate("partial", rows * geometry.partialFloats());
      heads = buffers.allocate("heads", rows * channels);
      addend = buffers.allocate("addend", rows * channels);
      hidden = buffers.allocate("hidden", rows * 4 * channels);
      activated = buffers.allocate("activated", rows * 4 * channels);
      logits = buffers.allocate("logits", (long) LOGIT_ROWS * config.vocabSize());
      best = buffers.allocate("best", most);
      bestId = buffers.allocate("best_id", most);
    } catch (RuntimeException | Error e) {
      buffers.close();
      throw e;
    }
  }

  static long bytes(Geometry geometry) {
    Gpt2Config config = geometry.config();
    long row = 15L * config.nEmbd() + geometry.partialFloats();
    long logits = (long) LOGIT_ROWS * config.vocabSize();
    return (geometry.rows() * row + logits + 2L * geometry.groups(Integer.MAX_VALUE)) * Float.BYTES;
  }

  @Override
  public void close() {
    buffers.close();
  }
}
