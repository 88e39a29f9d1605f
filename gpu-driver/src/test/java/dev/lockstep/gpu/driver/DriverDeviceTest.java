package dev.lockstep.gpu.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverDeviceTest {
  private static final KernelSource SOURCE =
      new KernelSource("add.cu", Dialect.CUDA, "…", List.of(RecordingContext.ADD));

  private final RecordingContext context = new RecordingContext();

  private DriverDevice device(boolean graphs, boolean synchronous, String... codes) {
    CodeMaker maker =
        source ->
            List.of(codes.length == 0 ? new String[] {"code"} : codes).stream()
                .map(
                    text ->
                        (CodeMaker.Attempt)
                            () ->
                                new CodeMaker.Code(
                                    text.getBytes(StandardCharsets.UTF_8), "form of " + text))
                .toList();
    return new DriverDevice(context, FakeTraits.CUDA, maker, graphs, synchronous);
  }

  private static Launch add(GpuKernel kernel, DeviceBuffer buffer, int addend) {
    return new Launch(kernel, "h.3.add", 2, 256, List.of(buffer, new Argument.Int(addend)));
  }

  private static int[] read(DriverDevice device, DeviceBuffer buffer) {
    int[] values = new int[(int) (buffer.byteSize() / Integer.BYTES)];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSequenceRunsItsLaunchesInOrderEachTime(boolean graphs) {
    try (DriverDevice device = device(graphs, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer a = device.allocate("a", 8);
      DeviceBuffer b = device.allocate("b", 4);
      device.upload(a, 0, MemorySegment.ofArray(new int[] {1, 2}));
      device.upload(b, 0, MemorySegment.ofArray(new int[] {30}));
      LaunchSequence token = device.record("decode", List.of(add(kernel, a, 5), add(kernel, b, 7)));
      assertArrayEquals(new int[] {1, 2}, read(device, a), "recording runs nothing");
      token.replay();
      token.replay();
      assertArrayEquals(new int[] {11, 12}, read(device, a));
      assertArrayEquals(new int[] {44}, read(device, b));
      assertEquals(graphs ? 2 : 0, context.calls.stream().filter("launchGraph"::equals).count());
      assertEquals(graphs ? 2 : 4, context.calls.stream().filter("launch"::equals).count());
    }
    assertEquals(Map.of(), context.held);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4, 8191, 8192, 8193, 70_000, (16L << 20) + 3})
  void whatIsUploadedFromAnywhereComesBack(long bytes) {
    byte[] random = new byte[(int) bytes];
    new SplittableRandom(bytes).nextBytes(random);
    try (DriverDevice device = device(true, false);
        Arena arena = Arena.ofConfined()) {
      DeviceBuffer buffer = device.allocate("x", bytes + 5);
      byte[] fromHeap = new byte[(int) bytes];
      device.upload(buffer, 5, MemorySegment.ofArray(random));
      device.download(buffer, 5, MemorySegment.ofArray(fromHeap));
      assertArrayEquals(random, fromHeap);
      MemorySegment nativeMemory = arena.allocate(bytes).copyFrom(MemorySegment.ofArray(random));
      MemorySegment back = arena.allocate(bytes);
      device.upload(buffer, 2, nativeMemory);
      nativeMemory.fill((byte) 0); // upload has returned: the memory is the caller's again
      device.download(buffer, 2, back);
      assertArrayEquals(random, back.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void manySmallUploadsInARowDoNotOverwriteEachOther() {
    try (DriverDevice device = device(true, false)) {
      DeviceBuffer buffer = device.allocate("tokens", 4L * 5000);
      int[] expected = new int[5000];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = i * 31;
        device.upload(buffer, 4L * i, MemorySegment.ofArray(new int[] {expected[i]}));
      }
      assertArrayEquals(expected, read(device, buffer));
    }
  }

  @Test
  void aReadIsThereOnceItIsAwaitedAndSeesWhatWasQueuedBefore() {
    try (DriverDevice device = device(true, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer buffer = device.allocate("next", 4);
      HostBuffer host = device.allocateHost(16);
      device.upload(buffer, 0, MemorySegment.ofArray(new int[] {1}));
      for (int i = 0; i < 3; i++) {
        device.launch(add(kernel, buffer, 10));
        PendingRead pending = device.read(buffer, 0, host, 8, 4);
        device.launch(add(kernel, buffer, 10)); // queued behind the read
        pending.await();
        pending.await();
        assertEquals(11 + 20 * i, host.memory().get(ValueLayout.JAVA_INT, 8));
      }
      assertEquals(1, context.held.get("event"), "events are used again");
    }
    assertEquals(Map.of(), context.held);
  }

  @Test
  void aReadThatNobodyAwaitsLeavesNothingBehind() {
    try (DriverDevice device = device(true, false)) {
      device.read(device.allocate("next", 4), 0, device.allocateHost(4), 0, 4);
    }
    assertEquals(Map.of(), context.held);
  }

  @Test
  void bytesAreCountedAndGivenBack() {
    DriverDevice device = device(true, false);
    DeviceBuffer a = device.allocate("a", 1000);
    DeviceBuffer b = device.allocate("b", 24);
    assertEquals(1024, device.allocatedBytes());
    a.close();
    a.close();
    assertEquals(24, device.allocatedBytes());
    device.allocateHost(100);
    GpuProgram program = device.compile(SOURCE);
    device.record("decode", List.of(add(program.kernel(RecordingContext.ADD), b, 1)));
    device.close();
    device.close();
    assertEquals(0, device.allocatedBytes());
    assertEquals(Map.of(), context.held);
    assertEquals("close", context.calls.getLast());
    assertThrows(IllegalStateException.class, () -> device.allocate("c", 1));
  }

  @Test
  void aClosedBufferIsRefusedByName() {
    try (DriverDevice device = device(true, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer buffer = device.allocate("h.3.k", 8);
      buffer.close();
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> device.launch(add(kernel, buffer, 1)));
      assertTrue(String.valueOf(refused.getMessage()).contains("h.3.k"), refused.getMessage());
    }
  }

  @Test
  void aCopyBeyondABufferIsRefused() {
    try (DriverDevice device = device(true, false)) {
      DeviceBuffer buffer = device.allocate("x", 8);
      MemorySegment four = MemorySegment.ofArray(new int[1]);
      assertThrows(IllegalArgumentException.class, () -> device.upload(buffer, 5, four));
      assertThrows(IllegalArgumentException.class, () -> device.upload(buffer, -1, four));
      assertThrows(IllegalArgumentException.class, () -> device.download(buffer, 5, four));
      assertThrows(
          IllegalArgumentException.class,
          () -> device.read(buffer, 6, device.allocateHost(4), 0, 4));
    }
  }

  @Test
  void anotherDevicesBufferIsRefused() {
    DriverDevice other =
        new DriverDevice(new RecordingContext(), FakeTraits.CUDA, source -> List.of(), true, false);
    try (DriverDevice device = device(true, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer foreign = other.allocate("foreign", 8);
      assertThrows(IllegalArgumentException.class, () -> device.launch(add(kernel, foreign, 1)));
      assertThrows(
          IllegalArgumentException.class,
          () -> other.launch(add(kernel, foreign, 1)),
          "another device's kernel");
    }
    other.close();
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
  void aFaultIsReportedByWhoeverWaitsAndCloseStaysQuiet() {
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
