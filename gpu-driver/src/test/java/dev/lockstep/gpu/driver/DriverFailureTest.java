package dev.lockstep.gpu.driver;

import static dev.lockstep.gpu.driver.FakeGpu.SOURCE;
import static dev.lockstep.gpu.driver.FakeGpu.add;
import static dev.lockstep.gpu.driver.FakeGpu.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.LaunchSequence;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What failures of the driver are called, and what is left after them.
class DriverFailureTest {
  private final RecordingContext context = new RecordingContext();

  private DriverDevice device(boolean graphs, boolean synchronous, String... codes) {
    return FakeGpu.device(context, graphs, synchronous, codes);
  }

  @Test
  void aLaunchThatTheDriverRefusesIsNamed() {
    try (DriverDevice device = device(false, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer buffer = device.allocate("x", 8);
      context.failing = "launch";
      GpuException e =
          assertThrows(GpuException.class, () -> device.launch(add(kernel, buffer, 1)));
      assertEquals(
          "kernel add (h.3.add), 2 groups of 256 threads failed: launch failed: UNKNOWN (999)",
          e.getMessage());
    }
  }

  @Test
  void aFaultIsReportedByTheNextWaitAndCloseStaysQuiet() {
    DriverDevice device = device(false, false);
    GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
    DeviceBuffer buffer = device.allocate("x", 8);
    context.faulting = true;
    device.launch(add(kernel, buffer, 1));
    GpuException e = assertThrows(GpuException.class, device::synchronize);
    assertEquals(
        "Fake GPU: synchronize failed: ILLEGAL_ADDRESS (700) (while waiting, after kernel add"
            + " (h.3.add), 2 groups of 256 threads was queued)",
        e.getMessage());
    device.close();
    assertEquals("close", context.calls.getLast());
  }

  @Test
  void withSynchronousTheFaultIsTheLaunchs() {
    DriverDevice device = device(true, true);
    GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
    DeviceBuffer buffer = device.allocate("x", 8);
    LaunchSequence token =
        device.record("decode", List.of(add(kernel, buffer, 1), add(kernel, buffer, 2)));
    token.replay();
    assertFalse(context.calls.contains("beginCapture"), "a graph could not be waited for inside");
    context.faulting = true;
    GpuException e = assertThrows(GpuException.class, token::replay);
    assertTrue(String.valueOf(e.getMessage()).startsWith("kernel add (h.3.add)"), e.getMessage());
    device.close();
  }

  @Test
  void aFailedCaptureLeavesTheStreamUsable() {
    try (DriverDevice device = device(true, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer buffer = device.allocate("x", 4);
      device.upload(buffer, 0, MemorySegment.ofArray(new int[] {1}));
      context.failing = "launch";
      assertThrows(
          GpuException.class, () -> device.record("decode", List.of(add(kernel, buffer, 1))));
      context.failing = null;
      device.launch(add(kernel, buffer, 1));
      assertArrayEquals(new int[] {2}, read(device, buffer));
    }
    assertEquals(Map.of(), context.held);
  }

  @Test
  void codeThatTheDriverDoesNotLoadGivesWayToTheNext() {
    try (DriverDevice device = device(true, false, "for another device", "portable")) {
      assertEquals("form of portable", device.compile(SOURCE).form());
    }
    assertEquals(Map.of(), context.held);
  }

  @Test
  void whereNoCodeLoadsEveryRefusalIsTold() {
    try (DriverDevice device = device(true, false, "for another device")) {
      GpuException e = assertThrows(GpuException.class, () -> device.compile(SOURCE));
      assertEquals(
          "Fake GPU does not load add.cu; form of for another device: load failed:"
              + " NO_BINARY_FOR_GPU (209)",
          e.getMessage());
    }
  }

  @Test
  void memoryThatIsNotToBeHadIsToldWithTheAccounts() {
    try (DriverDevice device = device(true, false)) {
      device.allocate("wte", 100);
      context.failing = "allocate";
      GpuException e = assertThrows(GpuException.class, () -> device.allocate("h.0", 50));
      assertEquals(
          "Fake GPU: allocate failed: UNKNOWN (999) (while allocating buffer h.0 of 50 bytes, with"
              + " 100 of 1073741824 bytes held by this model)",
          e.getMessage());
      assertEquals(100, device.allocatedBytes());
    }
  }

  @Test
  void aContextThatCannotBeUsedIsLetGo() {
    context.failing = "allocateHost";
    assertThrows(GpuException.class, () -> device(true, false));
    assertEquals("close", context.calls.getLast());
  }

  @Test
  void anUnknownKernelIsNamed() {
    try (DriverDevice device = device(true, false)) {
      GpuProgram program = device.compile(SOURCE);
      GpuException e = assertThrows(GpuException.class, () -> program.kernel("sub"));
      assertTrue(String.valueOf(e.getMessage()).contains("kernel sub of add.cu"), e.getMessage());
    }
  }
}
