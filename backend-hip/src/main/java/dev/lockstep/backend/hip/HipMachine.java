package dev.lockstep.backend.hip;

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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// This machine: its runtime, its devices, its compiler.
final class HipMachine {
  private HipMachine() {}

  static Availability availability(HipOptions options) {
    HipLibrary hip = HipLibrary.find();
    return HipRequirements.check(
        hip == null ? null : new HipDevices(hip),
        () -> CompilerSearch.find(CompilerFamily.HIPRTC),
        device -> architecture(options, device),
        options.driver().device());
  }

  private static @Nullable String architecture(HipOptions options, HipDevice device) {
    return options.architecture().equals("auto")
        ? KernelDriverTopology.ofThisMachine().architecture(device.pciAddress())
        : options.architecture();
  }

  /// @throws IllegalStateException if the backend is not available, with the reason
  static InferenceModel load(Gpt2Weights weights, HipOptions options) {
    if (availability(options) instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new IllegalStateException("hip is unavailable: %s; %s".formatted(reason, remedy));
    }
    HipLibrary hip = HipLibrary.find();
    HipDevice device =
        hip == null
            ? null
            : new DeviceList<>(new HipDevices(hip).devices())
                .choose(options.driver().device())
                .orElse(null);
    String architecture = device == null ? null : architecture(options, device);
    if (hip == null
        || device == null
        || architecture == null
        || !(CompilerSearch.find(CompilerFamily.HIPRTC)
            instanceof CompilerSearch.Found(RuntimeCompiler compiler))) {
      throw new IllegalStateException("the machine's devices changed while they were looked at");
    }
    DriverDevice opened =
        new DriverDevice(
            HipContext.open(hip, device.ordinal()),
            device.traits(),
            new HipCode(compiler, CompileCache.ofUser(), device.name(), architecture),
            options.driver().graph(),
            options.driver().synchronous());
    Map<String, String> path = options.driver().executionPath();
    path.put("architecture", architecture);
    path.put("compiler", compiler.identity());
    return GpuModel.load(weights, opened, options.driver().kernels(), path);
  }
}
