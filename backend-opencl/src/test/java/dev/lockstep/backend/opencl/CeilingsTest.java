package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Ceilings;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.testing.CanaryDevice;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A GPU measures its own limits; a processor leaves that to the harness.
class CeilingsTest {

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  private static Optional<Ceilings> measured(boolean gpu) {
    OpenClDevice device = DeviceChoice.open("auto");
    DeviceTraits real = device.traits();
    DeviceTraits traits =
        new DeviceTraits(
            real.name(),
            real.dialect(),
            gpu,
            real.waveWidth(),
            4,
            real.computeUnits(),
            real.maxThreadsPerGroup(),
            real.localMemoryBytes(),
            real.memoryBytes());
    try (GpuModel model =
        GpuModel.load(
            RandomModel.tied(Subject.SHAPE, 1),
            new CanaryDevice(device, traits, OpenClForTests::slice),
            new GpuOptions(KernelOptions.DEFAULT, true),
            Map.of())) {
      return model.measureCeilings();
    }
  }

  /// No processor reads 10 TB/s or does 1 PFLOP/s, and none is a thousandth of what they are: a
  /// probe that the compiler emptied would show.
  @Test
  void whatIsCalledAGpuMeasuresItself() {
    Ceilings ceilings = measured(true).orElseThrow();
    assertTrue(
        ceilings.readBytesPerSecond() > 1e8 && ceilings.readBytesPerSecond() < 1e13,
        ceilings.toString());
    assertTrue(
        ceilings.fmaFlopsPerSecond() > 1e8 && ceilings.fmaFlopsPerSecond() < 1e15,
        ceilings.toString());
  }

  @Test
  void whatIsCalledAProcessorDoesNot() {
    assertEquals(Optional.empty(), measured(false));
  }
}
