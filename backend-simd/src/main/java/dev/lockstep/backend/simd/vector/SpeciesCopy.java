package dev.lockstep.backend.simd.vector;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Copies of a class, one per vector width.
///
/// C2 turns a vector operation into an instruction only where it knows the species at compile time.
/// A species in an instance field is not that; a `static final` is, but a class has it once. So the
/// bytes of such a class are defined anew, as a hidden class, for each width, and the copy asks
/// [#species] for its own. All widths can then live in one JVM, which is how they are tested.
public final class SpeciesCopy {
  private SpeciesCopy() {}

  /// Defines a copy of `template`, which itself must never be initialised.
  ///
  /// @param lookup of the template's package
  /// @param vectorBits 128, 256 or 512
  public static Class<?> define(MethodHandles.Lookup lookup, Class<?> template, int vectorBits) {
    String file = template.getSimpleName() + ".class";
    try (InputStream in = template.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is not on the class path");
      }
      return lookup
          .defineHiddenClassWithClassData(in.readAllBytes(), species(vectorBits), false)
          .lookupClass();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot define a copy of " + template, e);
    }
  }

  /// The species of a copy, asked by its static initialiser.
  @SuppressWarnings("unchecked")
  public static VectorSpecies<Float> species(MethodHandles.Lookup copy) {
    try {
      return (VectorSpecies<Float>)
          MethodHandles.classData(copy, ConstantDescs.DEFAULT_NAME, VectorSpecies.class);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("no species for " + copy.lookupClass(), e);
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
