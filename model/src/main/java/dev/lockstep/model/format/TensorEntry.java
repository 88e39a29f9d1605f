package dev.lockstep.model.format;

import java.util.List;

/// One line of a safetensors header, checked: the shape's size is exactly the bytes it occupies.
///
/// @param name as the file has it, with its prefix
/// @param shape sizes, outermost first
/// @param begin first byte, counted from the start of the data section
/// @param end one past the last byte
public record TensorEntry(String name, Dtype dtype, List<Long> shape, long begin, long end) {
  public TensorEntry {
    shape = List.copyOf(shape);
  }
}
