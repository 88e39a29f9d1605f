package dev.lockstep.backend.simd.row;

import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Makes row kernels for a vector width.
public final class RowKernelsFactory {
  private static final Map<Integer, Class<?>> COPIES = new ConcurrentHashMap<>();

  private RowKernelsFactory() {}

  /// @param vectorBits 128, 256, 512, or 0 for no vectors
  public static RowKernels create(int vectorBits) {
    if (vectorBits == 0) {
      return new ScalarRows();
    }
    Class<?> copy =
        COPIES.computeIfAbsent(
            vectorBits, bits -> SpeciesCopy.define(MethodHandles.lookup(), VectorRows.class, bits));
    try {
      return (RowKernels) copy.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make row kernels of " + vectorBits + " bits", e);
    }
  }
}
