package dev.lockstep.gpu.device;

import java.util.Locale;

/// The three C dialects that the kernels are written in: one text, three sets of macros.
public enum Dialect {
  /// CUDA C++, compiled by NVRTC or nvcc with `--fmad=false`.
  CUDA,
  /// HIP C++, compiled by hiprtc or hipcc with `-ffp-contract=off`.
  HIP,
  /// OpenCL C 1.2, without subgroups.
  OPENCL;

  /// The name as users write it: `cuda`, `hip`, `opencl`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
