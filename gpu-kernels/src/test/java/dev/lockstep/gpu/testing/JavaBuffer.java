package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.device.DeviceBuffer;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// Words of a [JavaDevice]; an index outside them is an exception.
final class JavaBuffer implements DeviceBuffer {
  private final String name;
  private final int[] words;
  private final int first;
  private final int length;
  private final Runnable freed;
  private boolean closed;

  private JavaBuffer(String name, int[] words, int first, int length, Runnable freed) {
    this.name = name;
    this.words = words;
    this.first = first;
    this.length = length;
    this.freed = freed;
  }

  static JavaBuffer allocate(String name, long bytes, AtomicLong allocated) {
    int length = Math.toIntExact(Math.ceilDiv(bytes, Integer.BYTES));
    long held = (long) length * Integer.BYTES;
    allocated.addAndGet(held);
    return new JavaBuffer(name, new int[length], 0, length, () -> allocated.addAndGet(-held));
  }

  /// [Slices]
  JavaBuffer slice(long fromByte, long bytes) {
    int from = Math.toIntExact(fromByte / Integer.BYTES);
    int count = Math.toIntExact(bytes / Integer.BYTES);
    Objects.checkFromIndexSize(from, count, length);
    return new JavaBuffer(name, words, first + from, count, () -> {});
  }

  MemorySegment memory() {
    return MemorySegment.ofArray(words).asSlice((long) first * Integer.BYTES, byteSize());
  }

  private int at(long index) {
    return first + (int) Objects.checkIndex(index, (long) length);
  }

  float get(long index) {
    return Float.intBitsToFloat(words[at(index)]);
  }

  int getInt(int index) {
    return words[at(index)];
  }

  void set(long index, float value) {
    words[at(index)] = Float.floatToRawIntBits(value);
  }

  void setInt(int index, int value) {
    words[at(index)] = value;
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
    return (long) length * Integer.BYTES;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      freed.run();
    }
  }
}
