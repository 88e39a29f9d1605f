package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Tensor;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.Panels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Brings weight matrices into [Panels] and onto the device, some panels at a time, so that the
/// host never holds a second copy of a matrix.
final class PanelPacker {
  private static final long STAGING_BYTES = 16L << 20;

  private final GpuDevice device;

  PanelPacker(GpuDevice device) {
    this.device = device;
  }

  /// Writes one panel: element (k, lane) at `k * width + lane` floats from `at`.
  @FunctionalInterface
  private interface PanelWriter {
    void write(int panel, MemorySegment staging, long at);
  }

  /// Packs a Conv1D matrix, which Hugging Face stores as `[K, N]`.
  void packInputsOutputs(Tensor tensor, Panels panels, DeviceBuffer to) {
    int n = panels.outputs();
    pack(
        panels,
        to,
        (panel, staging, at) -> {
          int from = panel * panels.width();
          long bytes = (long) Math.min(panels.width(), n - from) * Float.BYTES;
          for (int k = 0; k < panels.inputs(); k++) {
            long source = ((long) k * n + from) * Float.BYTES;
            long target = at + (long) k * panels.width() * Float.BYTES;
            MemorySegment.copy(tensor.data(), source, staging, target, bytes);
          }
        });
  }

  /// Packs an embedding, which is stored as `[N, K]`.
  void packOutputsInputs(Tensor tensor, Panels panels, DeviceBuffer to) {
    int k = panels.inputs();
    float[] transposed = new float[k * panels.width()];
    pack(
        panels,
        to,
        (panel, staging, at) -> {
          int from = panel * panels.width();
          int lanes = Math.min(panels.width(), panels.outputs() - from);
          for (int lane = 0; lane < lanes; lane++) {
            float[] row = tensor.toArray((long) (from + lane) * k, k);
            for (int i = 0; i < k; i++) {
              transposed[i * panels.width() + lane] = row[i];
            }
          }
          for (int lane = lanes; lane < panels.width(); lane++) {
            for (int i = 0; i < k; i++) {
              transposed[i * panels.width() + lane] = 0;
            }
          }
          MemorySegment.copy(transposed, 0, staging, ValueLayout.JAVA_FLOAT, at, transposed.length);
        });
  }

  private void pack(Panels panels, DeviceBuffer to, PanelWriter writer) {
    long panelBytes = (long) panels.inputs() * panels.width() * Float.BYTES;
    int atOnce = (int) Math.clamp(STAGING_BYTES / panelBytes, 1, panels.count());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate(panelBytes * atOnce, 64);
      for (int first = 0; first < panels.count(); first += atOnce) {
        int count = Math.min(atOnce, panels.count() - first);
        for (int i = 0; i < count; i++) {
          writer.write(first + i, staging, panelBytes * i);
        }
        device.upload(to, panelBytes * first, staging.asSlice(0, panelBytes * count));
      }
    }
  }
}
