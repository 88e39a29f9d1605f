package dev.lockstep.backend.simd.row;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Makes row kernels for a vector width.
///
/// C2 turns a vector operation into an instruction only where it knows the species at compile time.
/// A species in an instance field is not that; a `static final` is, but a class has it once. So the
/// bytes of [VectorRows] are defined anew, as a hidden class, for each width.
public final class RowKernelsFactory {
  private static final Map<Integer, Class<?>> COPIES = new ConcurrentHashMap<>();

  private RowKernelsFactory() {}

  /// @param vectorBits 128, 256, 512, or 0 for no vectors
  public static RowKernels create(int vectorBits) {
    if (vectorBits == 0) {
      return new ScalarRows();
    }
    try {
      Class<?> copy = COPIES.computeIfAbsent(vectorBits, RowKernelsFactory::define);
      return (RowKernels) copy.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make row kernels of " + vectorBits + " bits", e);
    }
  }

  private static Class<?> define(int vectorBits) {
    try (InputStream in = VectorRows.class.getResourceAsStream("VectorRows.class")) {
      if (in == null) {
        throw new IllegalStateException("VectorRows.class is not on the class path");
      }
      return MethodHandles.lookup()
          .defineHiddenClassWithClassData(in.readAllBytes(), species(vectorBits), false)
          .lookupClass();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot define a copy of VectorRows", e);
    }
  }

  private static VectorSpecies<Float> species(int vectorBits) {
    return switch (vectorBits) {
      case 128 -> FloatVector.SPECIES_128;
      case 256 -> FloatVector.SPECIES_256;
      case 512 -> FloatVector.SPECIES_512;
      default -> throw new IllegalArgumentException("vectors of " + vectorBits + " bits");
    };
  }
}
