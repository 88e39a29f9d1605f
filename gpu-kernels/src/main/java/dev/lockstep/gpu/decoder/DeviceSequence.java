package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.Geometry;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What the device remembers of one session: keys and values of every layer, the position and the
/// tokens of the pass that is to come.
final class DeviceSequence implements AutoCloseable {
  private final GpuDevice device;
  private final Buffers buffers;

  /// Position of the first row, then the rows' tokens.
  final DeviceBuffer state;

  final List<DeviceBuffer> keys = new ArrayList<>();
  final List<DeviceBuffer> values = new ArrayList<>();

  DeviceSequence(GpuDevice device, Geometry geometry) {
    this.device = device;
    buffers = new Buffers(device);
    Gpt2Config config = geometry.config();
    try {
      state = buffers.allocate("state", 1L + geometry.rows());
      for (int layer = 0; layer < config.nLayer(); layer++) {
        keys.add(buffers.allocate("h." + layer + ".attn.keys", geometry.keyFloats()));
        values.add(buffers.allocate("h." + layer + ".attn.values", geometry.valueFloats()));
      }
    } catch (RuntimeException | Error e) {
      buffers.close();
      throw e;
    }
  }

  static long bytes(Geometry geometry) {
    long layer = geometry.keyFloats() + geometry.valueFloats();
    return (geometry.config().nLayer() * layer + 1 + geometry.rows()) * Float.BYTES;
  }

  /// Says what the next pass is about: `tokens[from .. from + rows)` at `position …`.
  void announce(int position, int[] tokens, int from, int rows) {
    int[] words = new int[1 + rows];
    words[0] = position;
    System.arraycopy(tokens, from, words, 1, rows);
    device.upload(state, 0, MemorySegment.ofArray(words));
  }

  @Override
  public void close() {
    buffers.close();
  }
}
