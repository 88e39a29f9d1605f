package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.Geometry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A model on a device: weights, compiled kernels, room for a pass.
final class Network implements AutoCloseable {
  private final GpuDevice device;
  private final Geometry geometry;
  private final GpuOptions options;
  private final DeviceWeights weights;
  private final Workspace space;
  private final Kernels kernels;

  /// Kernels that leave every activation in memory, compiled when a session is first observed.
  private @Nullable Kernels plainKernels;

  private Network(
      GpuDevice device,
      Geometry geometry,
      GpuOptions options,
      DeviceWeights weights,
      Workspace space,
      Kernels kernels) {
    this.device = device;
    this.geometry = geometry;
    this.options = options;
    this.weights = weights;
    this.space = space;
    this.kernels = kernels;
    plainKernels = options.kernels().fuse() ? null : kernels;
  }

  /// Compiles, packs, uploads. What was made before something failed is given back.
  static Network load(
      Gpt2Weights weights, GpuDevice device, Geometry geometry, GpuOptions options) {
    Kernels kernels = new Kernels(device, geometry, options.kernels());
    DeviceWeights onDevice = null;
    try {
      onDevice = new DeviceWeights(weights, device, geometry);
      Workspace space = new Workspace(device, geometry);
      return new Network(device, geometry, options, onDevice, space, kernels);
    } catch (RuntimeException | Error e) {
      if (onDevice != null) {
        onDevice.close();
      }
      kernels.close();
      throw e;
    }
  }

  /// The launches of a pass of `rows` rows.
  List<Step> plan(DeviceSequence sequence, int rows, RequestedLogits requested) {
    return PassPlan.of(launches(kernels, sequence, rows), options.kernels().fuse(), requested);
  }

  /// The launches of a pass that leaves every activation in memory; the same bits.
  List<Step> plainPlan(DeviceSequence sequence, int rows, RequestedLogits requested) {
    if (plainKernels == null) {
      plainKernels = new Kernels(device, geometry, options.kernels().unfused());
    }
    return PassPlan.of(launches(plainKernels, sequence, rows), false, requested);
  }

  private PassLaunches launches(Kernels kernels, DeviceSequence sequence, int rows) {
    return new PassLaunches(kernels, geometry, weights, space, sequence, rows);
  }

  GpuDevice device() {
    return device;
  }

  Geometry geometry() {
    return geometry;
  }

  GpuOptions options() {
    return options;
  }

  Workspace space() {
    return space;
  }

  String form() {
    return kernels.form();
  }

  @Override
  public void close() {
    if (plainKernels != null && plainKernels != kernels) {
      plainKernels.close();
    }
    kernels.close();
    space.close();
    weights.close();
  }
}
