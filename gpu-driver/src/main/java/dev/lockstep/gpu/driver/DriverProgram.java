package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.compiler.CompilationException;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.KernelSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A loaded program.
final class DriverProgram implements GpuProgram, Resource {

  /// An entry point, resolved.
  record Kernel(DriverDevice device, String name, DriverContext.Function function)
      implements GpuKernel {}

  private final DriverDevice device;
  private final KernelSource source;
  private final String form;
  private final DriverContext.Module module;
  private final Map<String, Kernel> kernels = new HashMap<>();
  private boolean closed;

  private DriverProgram(
      DriverDevice device, KernelSource source, String form, DriverContext.Module module) {
    this.device = device;
    this.source = source;
    this.form = form;
    this.module = module;
  }

  /// Compiles and loads. The context is current.
  static DriverProgram of(
      DriverDevice device, DriverContext context, CodeMaker maker, KernelSource source) {
    List<String> refusals = new ArrayList<>();
    for (CodeMaker.Attempt attempt : maker.attempts(source)) {
      CodeMaker.Code code;
      try {
        code = attempt.make();
      } catch (CompilationException e) {
        throw new GpuException(String.valueOf(e.getMessage()), e);
      }
      try {
        return new DriverProgram(device, source, code.form(), context.load(code.bytes()));
      } catch (DriverException e) {
        refusals.add("%s: %s".formatted(code.form(), e.getMessage()));
      }
    }
    throw new GpuException(
        "%s does not load %s; %s"
            .formatted(device.traits().name(), source.name(), String.join("; ", refusals)));
  }

  @Override
  public GpuKernel kernel(String name) {
    return device.call(
        "looking up kernel %s of %s".formatted(name, source.name()),
        context ->
            kernels.computeIfAbsent(name, n -> new Kernel(device, n, context.function(open(), n))));
  }

  private DriverContext.Module open() {
    if (closed) {
      throw new IllegalStateException("program %s is closed".formatted(source.name()));
    }
    return module;
  }

  @Override
  public String form() {
    return form;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(
          this, "unloading %s".formatted(source.name()), context -> context.unload(module));
    }
  }
}
