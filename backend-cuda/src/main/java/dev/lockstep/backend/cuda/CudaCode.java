package dev.lockstep.backend.cuda;

import dev.lockstep.gpu.compiler.CompileCache;
import dev.lockstep.gpu.compiler.CompileTarget;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.driver.CodeMaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Machine code for the exact device; where the compiler is older than the device, or the driver
/// does not take that code, portable code for the newest generation that both know.
final class CudaCode implements CodeMaker {
  private final RuntimeCompiler compiler;
  private final CompileCache cache;
  private final CudaDevice device;
  private final int driverVersion;

  CudaCode(RuntimeCompiler compiler, CompileCache cache, CudaDevice device, int driverVersion) {
    this.compiler = compiler;
    this.cache = cache;
    this.device = device;
    this.driverVersion = driverVersion;
  }

  @Override
  public List<Attempt> attempts(KernelSource source) {
    return targets(compiler.computeCapabilities(), device).stream()
        .<Attempt>map(target -> () -> make(source, target))
        .toList();
  }

  /// What to compile for, the preferred first.
  ///
  /// @param known compute capabilities that the compiler knows, ascending
  static List<CompileTarget> targets(List<Integer> known, CudaDevice device) {
    List<CompileTarget> targets = new ArrayList<>();
    if (known.contains(device.computeCapability())) {
      targets.add(CompileTarget.cubin(device.computeCapability()));
    }
    known.stream()
        .filter(capability -> capability <= device.computeCapability())
        .max(Integer::compare)
        .ifPresent(capability -> targets.add(CompileTarget.ptx(capability)));
    if (targets.isEmpty()) {
      throw new GpuException(
          String.format(
              Locale.ROOT,
              "%s has compute capability %d.%d, and this NVRTC compiles for %s: use an older one",
              device.name(),
              device.major(),
              device.minor(),
              known));
    }
    return targets;
  }

  private Code make(KernelSource source, CompileTarget target) {
    CompileCache.Entry entry =
        cache.get(
            compiler,
            source.text(),
            source.name(),
            target,
            String.format(Locale.ROOT, "%s, driver %d", device.name(), driverVersion));
    return new Code(
        entry.code(),
        "%s %s%s"
            .formatted(
                target.form().name().toLowerCase(Locale.ROOT),
                target.architecture(),
                entry.cached() ? " (cached)" : ""));
  }
}
