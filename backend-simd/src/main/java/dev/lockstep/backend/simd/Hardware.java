package dev.lockstep.backend.simd;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.lockstep.api.Availability;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;
import jdk.incubator.vector.VectorShape;

/// What the processor and the JVM offer to the vector code.
final class Hardware {
  private Hardware() {}

  /// The widest vector in bits.
  static int widestVectorBits() {
    return Math.min(512, VectorShape.preferredShape().vectorBitSize());
  }

  /// Vector registers that the compiler can name: 32 with AVX-512 and on AArch64, else 16.
  static int vectorRegisters() {
    boolean arm = System.getProperty("os.arch", "").equals("aarch64");
    return arm || widestVectorBits() == 512 ? 32 : 16;
  }

  /// The width that an option value means here, 0 for `off`.
  ///
  /// @throws IllegalArgumentException if the machine has no vectors of that width
  static int vectorBits(String option) {
    return switch (option) {
      case "off" -> 0;
      case "max" -> widestVectorBits();
      default -> {
        int bits = Integer.parseInt(option);
        if (bits > widestVectorBits()) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "option 'vector': this machine has vectors of %d bits at most, not %d; use vector=max",
                  widestVectorBits(),
                  bits));
        }
        yield bits;
      }
    };
  }

  static Availability availability(SimdOptions options) {
    if (vmFlagIsOff("UseFMA")) {
      return new Availability.Unavailable(
          "the processor has no fused multiply-add, or the JVM was told not to use it",
          "run on a processor with FMA (x86: Haswell or newer), without -XX:-UseFMA");
    }
    try {
      vectorBits(options.vector());
      return new Availability.Available("cpu");
    } catch (IllegalArgumentException e) {
      return new Availability.Unavailable(
          String.valueOf(e.getMessage()),
          "choose vector=" + widestVectorBits() + " or less, or vector=max");
    }
  }

  private static boolean vmFlagIsOff(String flag) {
    try {
      return Optional.ofNullable(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class))
          .map(bean -> bean.getVMOption(flag).getValue().equals("false"))
          .orElse(false);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
