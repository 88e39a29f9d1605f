package dev.lockstep.gpu.decoder;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuDevice;
import java.util.ArrayDeque;
import java.util.Deque;

/// Device memory that is given back together, last first.
final class Buffers implements AutoCloseable {
  private final GpuDevice device;
  private final Deque<DeviceBuffer> held = new ArrayDeque<>();

  Buffers(GpuDevice device) {
    this.device = device;
  }

  /// Memory for `count` numbers of four bytes.
  DeviceBuffer allocate(String name, long count) {
    DeviceBuffer buffer = device.allocate(name, count * Float.BYTES);
    held.push(buffer);
    return buffer;
  }

  @Override
  public void close() {
    while (!held.isEmpty()) {
      held.pop().close();
    }
  }
}
