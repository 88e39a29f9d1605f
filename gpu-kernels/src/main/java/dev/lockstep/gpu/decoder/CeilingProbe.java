package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Ceilings;
import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.ProbeKernels;
import java.util.List;

/// Measures what bounds a device: how fast it reads memory, and how fast it multiplies and adds.
///
/// Reading: a buffer as large as the model's weights (a small model lives in the cache, and its
/// ceiling is the cache's), every float once a launch, 16 bytes a load. Arithmetic: eight chains a
/// thread that do not wait for each other, enough threads to fill the device. The best of several
/// batches counts.
final class CeilingProbe {
  private static final int BATCHES = 5;
  private static final long BATCH_NANOS = 10_000_000;
  private static final int MAX_TOGETHER = 1000;
  private static final int GROUPS_PER_UNIT = 8;
  private static final long MIN_BYTES = 1 << 20;

  private CeilingProbe() {}

  static Ceilings measure(GpuDevice device, long bytes) {
    DeviceTraits traits = device.traits();
    int groups = traits.computeUnits() * GROUPS_PER_UNIT;
    long size = Math.max(bytes, MIN_BYTES) / 16 * 16;
    try (GpuProgram program = device.compile(ProbeKernels.source(traits.dialect()));
        DeviceBuffer buffer = device.allocate("probe", size);
        DeviceBuffer out = device.allocate("probe.out", (long) groups * DeviceTraits.THREADS * 4)) {
      Argument vectors = new Argument.Int((int) (size / 16));
      device.launch(launch(program, "probe_fill", groups, buffer, vectors));
      Launch read = launch(program, "probe_read", groups, buffer, out, vectors);
      Launch multiply =
          launch(program, "probe_fma", groups, out, new Argument.Int(ProbeKernels.ROUNDS));
      double flops =
          2.0 * ProbeKernels.CHAINS * ProbeKernels.ROUNDS * groups * DeviceTraits.THREADS;
      return new Ceilings(size / seconds(device, read), flops / seconds(device, multiply));
    }
  }

  private static Launch launch(
      GpuProgram program, String kernel, int groups, Argument... arguments) {
    return new Launch(
        program.kernel(kernel), "probe", groups, DeviceTraits.THREADS, List.of(arguments));
  }

  /// The time of one launch. Enough launches are queued together for the wait at their end not to
  /// count: a launch of a small model takes less time than the host needs to notice its end.
  private static double seconds(GpuDevice device, Launch launch) {
    nanos(device, launch, 1); // the first is slower
    long single = nanos(device, launch, 1);
    int together = (int) Math.clamp(BATCH_NANOS / Math.max(1, single), 1, MAX_TOGETHER);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < BATCHES; i++) {
      best = Math.min(best, nanos(device, launch, together));
    }
    return best * 1e-9 / together;
  }

  private static long nanos(GpuDevice device, Launch launch, int together) {
    device.synchronize();
    long start = System.nanoTime();
    for (int i = 0; i < together; i++) {
      device.launch(launch);
    }
    device.synchronize();
    return System.nanoTime() - start;
  }
}
