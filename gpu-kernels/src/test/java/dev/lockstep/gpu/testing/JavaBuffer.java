package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.device.DeviceBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// Words of a [JavaDevice]; an index outside them is an exception.
final class JavaBuffer implements DeviceBuffer {
  private final String name;
  private final AtomicLong allocated;
  final int[] words;
  private boolean closed;

  JavaBuffer(String name, long bytes, AtomicLong allocated) {
    this.name = name;
    this.allocated = allocated;
    words = new int[Math.toIntExact(Math.ceilDiv(bytes, Integer.BYTES))];
    allocated.addAndGet(byteSize());
  }

  float get(long index) {
    return Float.intBitsToFloat(words[Math.toIntExact(index)]);
  }

  int getInt(int index) {
    return words[index];
  }

  void set(long index, float value) {
    words[Math.toIntExact(index)] = Float.floatToRawIntBits(value);
  }

  void setInt(int index, int value) {
    words[index] = value;
  }

  /// The elements from an index on.
  JavaArithmetic.Elements from(long index) {
    return i -> get(index + i);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long byteSize() {
    return (long) words.length * Integer.BYTES;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      allocated.addAndGet(-byteSize());
    }
  }
}
