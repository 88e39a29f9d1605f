package dev.lockstep.api;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;

/// A read-only fp32 tensor, row-major, little-endian, at any byte alignment: a mapped checkpoint's
/// data may start anywhere (the real gpt2's starts at byte 14 291).
///
/// @param name Hugging Face's name without the `transformer.` prefix
/// @param shape sizes, outermost first
/// @param data exactly `4 × product(shape)` bytes
public record Tensor(String name, List<Integer> shape, MemorySegment data) {

  /// How to read one element of [#data]. Not aligned: aligned access would throw on a mapped file.
  public static final ValueLayout.OfFloat LAYOUT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// @throws IllegalArgumentException if the data is writable or its size is not that of the shape
  public Tensor {
    shape = List.copyOf(shape);
    long elements = 1;
    for (int size : shape) {
      elements = Math.multiplyExact(elements, (long) size);
    }
    if (data.byteSize() != Math.multiplyExact(elements, (long) Float.BYTES)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "tensor %s of shape %s needs %d bytes, not %d",
              name,
              shape,
              elements * Float.BYTES,
              data.byteSize()));
    }
    if (!data.isReadOnly()) {
      throw new IllegalArgumentException("tensor %s is writable".formatted(name));
    }
  }

  /// How many elements.
  public long size() {
    return data.byteSize() / Float.BYTES;
  }

  /// The element at a flat index.
  public float get(long index) {
    return data.get(LAYOUT, index * Float.BYTES);
  }

  /// A copy of `length` elements from a flat index on.
  public float[] toArray(long from, int length) {
    float[] copy = new float[length];
    MemorySegment.copy(data, LAYOUT, from * Float.BYTES, copy, 0, length);
    return copy;
  }

  /// A copy of all elements.
  ///
  /// @throws ArithmeticException if there are more than an array can hold
  public float[] toArray() {
    return toArray(0, Math.toIntExact(size()));
  }
}
