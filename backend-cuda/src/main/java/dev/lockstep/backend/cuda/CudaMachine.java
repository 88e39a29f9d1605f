package dev.lockstep.backend.cuda;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.gpu.compiler.CompileCache;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.driver.DriverDevice;
import dev.lockstep.gpu.driver.DriverOptions;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// This machine: its driver, its devices, its compiler.
final class CudaMachine {
  private CudaMachine() {}

  static Availability availability(DriverOptions options) {
    Libcuda probe = Libcuda.find();
    Availability answer = CudaRequirements.check(probe, () -> compiler(probe), options.device());
    if (answer instanceof Availability.Available) {
      try {
        JCudaContext.link();
      } catch (LinkageError e) {
        return new Availability.Unavailable(
            "JCuda's library cannot be loaded: " + reason(e),
            "run on Linux on x86-64, for which it is packed, with a writable temporary directory");
      }
    }
    return answer;
  }

  /// A driver loads what compilers of its major version or an earlier one make.
  private static CompilerSearch.Result compiler(@Nullable Libcuda probe) {
    return probe == null
        ? CompilerSearch.find(CompilerFamily.NVRTC)
        : CompilerSearch.find(CompilerFamily.NVRTC, probe.driverVersion() / 1000);
  }

  /// What kept JCuda from loading its library. Its message holds the stack traces of each attempt;
  /// the last one begins with the loader's own words.
  static String reason(LinkageError e) {
    String message = String.valueOf(e.getMessage());
    String marker = UnsatisfiedLinkError.class.getName() + ": ";
    return message
        .lines()
        .filter(line -> line.startsWith(marker))
        .reduce((first, second) -> second)
        .map(line -> line.substring(marker.length()))
        .orElseGet(
            () -> message.lines().filter(l -> !l.isBlank()).findFirst().orElse(e.toString()));
  }

  /// @throws IllegalStateException if the backend is not available, with the reason
  static InferenceModel load(Gpt2Weights weights, DriverOptions options) {
    if (availability(options) instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new IllegalStateException("cuda is unavailable: %s; %s".formatted(reason, remedy));
    }
    Libcuda probe = Libcuda.find();
    CudaDevice device =
        probe == null
            ? null
            : new DeviceList<>(probe.devices()).choose(options.device()).orElse(null);
    if (probe == null
        || device == null
        || !(compiler(probe) instanceof CompilerSearch.Found(RuntimeCompiler compiler))) {
      throw new IllegalStateException("the machine's devices changed while they were looked at");
    }
    int driver = probe.driverVersion();
    DriverDevice opened =
        new DriverDevice(
            JCudaContext.open(device.ordinal()),
            device.traits(),
            new CudaCode(compiler, CompileCache.ofUser(), device, driver),
            options.graph(),
            options.synchronous());
    return GpuModel.load(
        weights, opened, options.kernels(), path(options, device, driver, compiler));
  }

  private static Map<String, String> path(
      DriverOptions options, CudaDevice device, int driver, RuntimeCompiler compiler) {
    Map<String, String> path = options.executionPath();
    path.put(
        "compute_capability", String.format(Locale.ROOT, "%d.%d", device.major(), device.minor()));
    path.put("driver", "CUDA " + CudaRequirements.versionText(driver));
    path.put("compiler", compiler.identity());
    return path;
  }
}
