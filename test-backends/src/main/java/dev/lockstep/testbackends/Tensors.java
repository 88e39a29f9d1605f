package dev.lockstep.testbackends;

import dev.lockstep.api.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;

/// Tensors that are not what the checkpoint says.
final class Tensors {
  private Tensors() {}

  static Tensor zeros(Tensor tensor) {
    return mapBits(tensor, bits -> 0);
  }

  /// With zeros for the elements `from` to `to`.
  static Tensor zeros(Tensor tensor, int from, int to) {
    int[] index = {0};
    return mapBits(
        tensor,
        bits -> {
          int element = index[0]++;
          return element >= from && element < to ? 0 : bits;
        });
  }

  /// With zeros from an element on.
  static Tensor zerosFrom(Tensor tensor, int from) {
    return zeros(tensor, from, Integer.MAX_VALUE);
  }

  static Tensor times(Tensor tensor, float factor) {
    return mapBits(tensor, bits -> Float.floatToRawIntBits(factor * Float.intBitsToFloat(bits)));
  }

  /// Rounded to bfloat16, to nearest, ties to even.
  static Tensor roundedToBfloat16(Tensor tensor) {
    return mapBits(tensor, bits -> (bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /// Every row of a matrix in whole steps of a 1 / `steps` of its greatest magnitude.
  static Tensor quantised(Tensor tensor, int steps) {
    int width = tensor.shape().getLast();
    MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize());
    for (long row = 0; row < tensor.size(); row += width) {
      float greatest = 0;
      for (int i = 0; i < width; i++) {
        greatest = Math.max(greatest, Math.abs(tensor.get(row + i)));
      }
      float step = greatest / steps;
      for (int i = 0; i < width; i++) {
        float value = step == 0 ? 0 : Math.round(tensor.get(row + i) / step) * step;
        data.set(Tensor.LAYOUT, (row + i) * Float.BYTES, value);
      }
    }
    return new Tensor(tensor.name(), tensor.shape(), data.asReadOnly());
  }

  /// One bit of one element flipped.
  static Tensor withFlippedBit(Tensor tensor, int element, int bit) {
    int[] index = {0};
    return mapBits(tensor, bits -> index[0]++ == element ? bits ^ 1 << bit : bits);
  }

  /// The transpose of a square matrix.
  static Tensor transposed(Tensor tensor) {
    int n = tensor.shape().getFirst();
    MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize());
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        float value = tensor.get((long) i * n + j);
        data.set(Tensor.LAYOUT, ((long) j * n + i) * Float.BYTES, value);
      }
    }
    return new Tensor(tensor.name(), tensor.shape(), data.asReadOnly());
  }

  private static Tensor mapBits(Tensor tensor, IntUnaryOperator map) {
    MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize());
    for (long i = 0; i < tensor.size(); i++) {
      int bits = map.applyAsInt(Float.floatToRawIntBits(tensor.get(i)));
      data.set(Tensor.LAYOUT, i * Float.BYTES, Float.intBitsToFloat(bits));
    }
    return new Tensor(tensor.name(), tensor.shape(), data.asReadOnly());
  }
}
