package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What failures of a device are called.
class OpenClFailureTest {
  private static final KernelSource SOURCE =
      new KernelSource(
          "one.cl",
          Dialect.OPENCL,
          "__kernel __attribute__((reqd_work_group_size(256, 1, 1)))"
              + " void one(__global int *x, int y) { x[get_global_id(0)] = y; }",
          List.of("one"));

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  private static Launch launch(GpuKernel kernel, int threads, Argument... arguments) {
    return new Launch(kernel, "h.3.one", 2, threads, List.of(arguments));
  }

  @Test
  void aLaunchThatTheDeviceRefusesIsNamed() {
    try (OpenClDevice device = DeviceChoice.open("auto");
        GpuProgram program = device.compile(SOURCE);
        DeviceBuffer x = device.allocate("x", 2048)) {
      Launch groupsOf100 = launch(program.kernel("one"), 100, x, new Argument.Int(7));
      GpuException error = assertThrows(GpuException.class, () -> device.launch(groupsOf100));
      assertEquals(
          "kernel one (h.3.one), 2 groups of 100 threads failed: CL_INVALID_WORK_GROUP_SIZE",
          error.getMessage());
    }
  }

  @Test
  void aMissingArgumentIsReportedByTheLaunch() {
    try (OpenClDevice device = DeviceChoice.open("auto");
        GpuProgram program = device.compile(SOURCE);
        DeviceBuffer x = device.allocate("x", 2048)) {
      Launch withoutY = launch(program.kernel("one"), 256, x);
      GpuException error = assertThrows(GpuException.class, () -> device.launch(withoutY));
      assertTrue(
          String.valueOf(error.getMessage())
              .startsWith("kernel one (h.3.one), 2 groups of 256 threads failed: "),
          error.getMessage());
      assertThrows(GpuException.class, () -> device.record("decode", List.of(withoutY)).replay());
    }
  }

  @Test
  void aClosedBufferIsRefusedByName() {
    try (OpenClDevice device = DeviceChoice.open("auto");
        GpuProgram program = device.compile(SOURCE)) {
      DeviceBuffer x = device.allocate("h.3.attn.keys", 2048);
      x.close();
      Launch launch = launch(program.kernel("one"), 256, x, new Argument.Int(7));
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> device.launch(launch));
      assertEquals("buffer h.3.attn.keys is closed", refused.getMessage());
      assertEquals(0, device.allocatedBytes());
    }
  }

  @Test
  void aCopyBeyondABufferIsRefusedWithItsName() {
    try (OpenClDevice device = DeviceChoice.open("auto");
        DeviceBuffer x = device.allocate("x", 8)) {
      MemorySegment three = MemorySegment.ofArray(new int[3]);
      GpuException up = assertThrows(GpuException.class, () -> device.upload(x, 0, three));
      assertTrue(String.valueOf(up.getMessage()).startsWith("upload to x on "), up.getMessage());
      GpuException down = assertThrows(GpuException.class, () -> device.download(x, 0, three));
      assertTrue(
          String.valueOf(down.getMessage()).startsWith("download from x on "), down.getMessage());
    }
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
