package dev.lockstep.gpu.device;

import java.util.List;

/// The text of a program in one dialect.
///
/// @param name for messages and for the compiler: `gpt2.cu`
/// @param text the whole source, prelude included
/// @param kernels the entry points, `extern "C"` in CUDA and HIP
public record KernelSource(String name, Dialect dialect, String text, List<String> kernels) {
  public KernelSource {
    kernels = List.copyOf(kernels);
  }
}
