package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.DeviceBuffer;
import java.util.Locale;

/// Memory on a [DriverDevice].
final class DriverBuffer implements DeviceBuffer, Resource {
  final DriverDevice device;
  private final String name;
  private final long bytes;
  private final DriverContext.Memory memory;
  private boolean closed;

  DriverBuffer(DriverDevice device, String name, long bytes, DriverContext.Memory memory) {
    this.device = device;
    this.name = name;
    this.bytes = bytes;
    this.memory = memory;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long byteSize() {
    return bytes;
  }

  /// @throws IllegalStateException if it is closed
  DriverContext.Memory memory() {
    if (closed) {
      throw new IllegalStateException("buffer %s is closed".formatted(name));
    }
    return memory;
  }

  /// Checks that a range lies inside.
  void check(long from, long length) {
    if (from < 0 || length < 0 || from > bytes - length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "bytes %d to %d of buffer %s, which has %d",
              from,
              from + length,
              name,
              bytes));
    }
  }

  @Override
  public void close() {
    if (!closed) {
      DriverContext.Memory freed = memory();
      closed = true;
      device.free(this, freed);
    }
  }
}
