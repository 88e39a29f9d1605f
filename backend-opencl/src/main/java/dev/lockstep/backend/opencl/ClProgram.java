package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// A program that the device's compiler accepted.
final class ClProgram implements GpuProgram {

  /// An entry point; `shared` takes its arguments anew for every launch.
  record ClKernel(String name, ClProgram program, cl_kernel shared) implements GpuKernel {
    /// Another kernel object, whose arguments can be set once and for all.
    cl_kernel another() {
      return program.create(name);
    }
  }

  private final String name;
  private final cl_program program;
  private final Map<String, ClKernel> kernels = new LinkedHashMap<>();
  private boolean closed;

  ClProgram(String name, cl_program program) {
    this.name = name;
    this.program = program;
  }

  @Override
  public GpuKernel kernel(String kernel) {
    return kernels.computeIfAbsent(kernel, k -> new ClKernel(k, this, create(k)));
  }

  private cl_kernel create(String kernel) {
    try {
      return CL.clCreateKernel(program, kernel, null);
    } catch (CLException e) {
      throw new GpuException("program %s has no kernel %s".formatted(name, kernel), e);
    }
  }

  @Override
  public String form() {
    return "OpenCL C 1.2";
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kernels.values().forEach(kernel -> CL.clReleaseKernel(kernel.shared()));
      CL.clReleaseProgram(program);
    }
  }
}
