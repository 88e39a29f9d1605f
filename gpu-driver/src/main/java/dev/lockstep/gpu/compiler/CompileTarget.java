package dev.lockstep.gpu.compiler;

import java.util.List;
import java.util.stream.Stream;

/// What source is compiled to: for which device, in which form, with which flags.
///
/// The flags hold every device to IEEE 754 arithmetic as it is written: no contraction of `a * b +
/// c`, correctly rounded division and square root, subnormal numbers kept. The kernels' order of
/// arithmetic is worth nothing without them.
///
/// @param family the compiler that can
/// @param architecture the device: `sm_90`, `compute_80`, `gfx90a`
/// @param form what the compiler hands out
/// @param options its flags, the architecture's included
public record CompileTarget(
    CompilerFamily family, String architecture, Form form, List<String> options) {

  /// A form of compiled code, named as the function that hands it out.
  public enum Form {
    /// Machine code for one NVIDIA architecture.
    CUBIN,
    /// NVIDIA's portable assembly, which the driver compiles for its device.
    PTX,
    /// AMD's code object, machine code for one architecture.
    Code
  }

  public CompileTarget {
    options = List.copyOf(options);
  }

  private static CompileTarget nvidia(String architecture, Form form) {
    return new CompileTarget(
        CompilerFamily.NVRTC,
        architecture,
        form,
        List.of(
            "--gpu-architecture=" + architecture,
            "--fmad=false",
            "--prec-div=true",
            "--prec-sqrt=true",
            "--ftz=false"));
  }

  /// Machine code for NVIDIA devices of one compute capability, given as 90 for 9.0.
  public static CompileTarget cubin(int computeCapability) {
    return nvidia("sm_" + computeCapability, Form.CUBIN);
  }

  /// Portable code for NVIDIA devices of at least a compute capability.
  public static CompileTarget ptx(int computeCapability) {
    return nvidia("compute_" + computeCapability, Form.PTX);
  }

  /// Machine code for AMD devices of one architecture, such as `gfx90a` or `gfx90a:xnack-`.
  public static CompileTarget codeObject(String architecture) {
    return new CompileTarget(
        CompilerFamily.HIPRTC,
        architecture,
        Form.Code,
        List.of(
            "--offload-arch=" + architecture,
            "-O3",
            "-ffp-contract=off",
            "-fhip-fp32-correctly-rounded-divide-sqrt",
            "-fno-gpu-flush-denormals-to-zero"));
  }

  /// The same with another flag behind the others.
  public CompileTarget with(String option) {
    return new CompileTarget(
        family, architecture, form, Stream.concat(options.stream(), Stream.of(option)).toList());
  }
}
