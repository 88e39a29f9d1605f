package dev.lockstep.gpu.decoder;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.KernelGenerator;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.kernel.Sizes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A compiled program, and how its kernels are called.
final class Kernels implements AutoCloseable {
  private final KernelOptions options;
  private final KernelSource source;
  private final Sizes sizes;
  private final GpuProgram program;
  private final Map<String, GpuKernel> kernels = new HashMap<>();

  Kernels(GpuDevice device, Geometry geometry, KernelOptions options) {
    this.options = options;
    sizes = new Sizes(geometry.config(), options.specialise());
    source = KernelGenerator.generate(geometry.config(), device.traits(), options);
    program = device.compile(source);
  }

  boolean has(String name) {
    return source.kernels().contains(name);
  }

  KernelOptions options() {
    return options;
  }

  String form() {
    return program.form();
  }

  /// A launch of a kernel that knows the model's sizes.
  ///
  /// @param what which launch this is, for messages
  Launch launch(String kernel, String what, int groups, Argument... arguments) {
    List<Argument> all = new ArrayList<>(Arrays.asList(arguments));
    sizes.arguments().forEach(size -> all.add(new Argument.Int(size)));
    return launch(kernel, what, groups, all);
  }

  /// A launch of a kernel that has no use for them.
  Launch launchSizeless(String kernel, String what, int groups, Argument... arguments) {
    return launch(kernel, what, groups, Arrays.asList(arguments));
  }

  private Launch launch(String kernel, String what, int groups, List<Argument> arguments) {
    return new Launch(
        kernels.computeIfAbsent(kernel, program::kernel),
        what,
        groups,
        DeviceTraits.THREADS,
        arguments);
  }

  @Override
  public void close() {
    program.close();
  }
}
