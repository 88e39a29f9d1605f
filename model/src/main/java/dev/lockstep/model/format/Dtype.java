package dev.lockstep.model.format;

import java.util.Map;

/// The element types that a safetensors file can hold. Weights are F32, F16 or BF16; the others
/// occur only in buffers that GPT-2 does not need, and are known so that their sizes can be
/// checked.
///
/// Source: the safetensors format description, "dtype".
public enum Dtype {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  F8_E8M0(1),
  U16(2),
  I16(2),
  F16(2),
  BF16(2),
  U32(4),
  I32(4),
  F32(4),
  U64(8),
  I64(8),
  F64(8),
  C64(8);

  private static final Map<String, Dtype> BY_NAME =
      java.util.Arrays.stream(values())
          .collect(java.util.stream.Collectors.toUnmodifiableMap(Dtype::name, d -> d));

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of one element.
  public int bytes() {
    return bytes;
  }

  /// The type of this name, or null if the format knows none.
  public static @org.jspecify.annotations.Nullable Dtype byName(String name) {
    return BY_NAME.get(name);
  }
}
