package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.testing.Required;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {

  @BeforeEach
  void needsADevice() {
    Required.orSkip("opencl", DeviceChoice.availability("auto"));
  }

  private static String name() {
    return assertInstanceOf(Available.class, DeviceChoice.availability("auto")).device();
  }

  @Test
  void aDeviceIsChosenByAPartOfItsName() {
    String name = name();
    assertEquals(new Available(name), DeviceChoice.availability(name.substring(2, 9)));
  }

  @Test
  void aDeviceThatIsNotThereIsRefusedWithTheOnesThatAre() {
    Unavailable refused = assertInstanceOf(Unavailable.class, DeviceChoice.availability("voodoo"));
    assertTrue(refused.reason().contains("'voodoo'"), refused.reason());
    assertTrue(refused.reason().contains(name()), refused.reason());
    OpenClBackend backend = new OpenClBackend();
    OptionValues options = OptionValues.of(backend.options(), Map.of("device", "voodoo"));
    assertThrows(
        IllegalStateException.class,
        () -> backend.load(RandomModel.tied(Subject.SHAPE, 1), options));
  }

  @Test
  void versionsAreReadAsNumbers() {
    assertFalse(ClDeviceInfo.isAtLeast12("OpenCL 1.1 something"));
    assertTrue(ClDeviceInfo.isAtLeast12("OpenCL 1.2 something"));
    assertTrue(ClDeviceInfo.isAtLeast12("OpenCL 3.0 PoCL HSTR: pthread"));
  }

  @Test
  void aProgramThatDoesNotCompileShowsTheCompilersLog() {
    try (OpenClDevice device = DeviceChoice.open("auto")) {
      KernelSource broken =
          new KernelSource(
              "broken.cl", Dialect.OPENCL, "__kernel void k() { nonsense; }", List.of());
      GpuException error = assertThrows(GpuException.class, () -> device.compile(broken));
      assertTrue(String.valueOf(error.getMessage()).contains("broken.cl"), error.getMessage());
      assertTrue(String.valueOf(error.getMessage()).contains("nonsense"), error.getMessage());
    }
  }

  @Test
  void aKernelThatIsNotThereAndMemoryThatCannotBeHadAreNamed() {
    try (OpenClDevice device = DeviceChoice.open("auto")) {
      KernelSource source =
          new KernelSource("empty.cl", Dialect.OPENCL, "__kernel void k() {}", List.of("k"));
      try (GpuProgram program = device.compile(source)) {
        GpuException error = assertThrows(GpuException.class, () -> program.kernel("absent"));
        assertTrue(String.valueOf(error.getMessage()).contains("absent"), error.getMessage());
      }
      GpuException error =
          assertThrows(GpuException.class, () -> device.allocate("everything", 1L << 50));
      assertTrue(String.valueOf(error.getMessage()).contains("everything"), error.getMessage());
      assertEquals(0, device.allocatedBytes());
    }
  }
}
