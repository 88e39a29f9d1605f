package dev.lockstep.backend.simd;

import java.util.List;
import java.util.stream.Stream;

/// The values of the option `vector` that this machine, or what the JVM was told about it, has.
final class VectorWidths {
  private VectorWidths() {}

  static List<String> here() {
    return Stream.concat(
            Stream.of("off"),
            Stream.of(128, 256, 512)
                .filter(bits -> bits <= Hardware.widestVectorBits())
                .map(String::valueOf))
        .toList();
  }
}
