package dev.lockstep.backend.hip;

import dev.lockstep.gpu.compiler.CompileCache;
import dev.lockstep.gpu.compiler.CompileTarget;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.driver.CodeMaker;
import java.util.List;

/// A code object for the device's architecture; AMD has no portable form.
final class HipCode implements CodeMaker {
  private final RuntimeCompiler compiler;
  private final CompileCache cache;
  private final String deviceName;
  private final String architecture;

  HipCode(RuntimeCompiler compiler, CompileCache cache, String deviceName, String architecture) {
    this.compiler = compiler;
    this.cache = cache;
    this.deviceName = deviceName;
    this.architecture = architecture;
  }

  @Override
  public List<Attempt> attempts(KernelSource source) {
    return List.of(
        () -> {
          CompileCache.Entry entry =
              cache.get(
                  compiler,
                  source.text(),
                  source.name(),
                  CompileTarget.codeObject(architecture),
                  deviceName);
          return new Code(
              entry.code(),
              "code object %s%s".formatted(architecture, entry.cached() ? " (cached)" : ""));
        });
  }
}
