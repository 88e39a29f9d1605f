package dev.lockstep.gpu.driver;

import static dev.lockstep.gpu.driver.FakeGpu.SOURCE;
import static dev.lockstep.gpu.driver.FakeGpu.add;
import static dev.lockstep.gpu.driver.FakeGpu.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Copies, launches, graphs and accounts, on a context that works only when somebody waits.
class DriverDeviceTest {
  private final RecordingContext context = new RecordingContext();

  private DriverDevice device(boolean graphs, boolean synchronous) {
    return FakeGpu.device(context, graphs, synchronous);
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

  @Test
  void everyLaunchIsTimedFromTheEndOfTheOneBeforeIt() {
    try (DriverDevice device = device(true, false)) {
      GpuKernel kernel = device.compile(SOURCE).kernel(RecordingContext.ADD);
      DeviceBuffer a = device.allocate("a", 4);
      device.upload(a, 0, MemorySegment.ofArray(new int[] {1}));
      assertArrayEquals(
          new long[] {1000, 1000}, device.time(List.of(add(kernel, a, 5), add(kernel, a, 7))));
      assertArrayEquals(new int[] {13}, read(device, a));
      assertArrayEquals(new long[0], device.time(List.of()));
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
        new DriverDevice(new RecordingContext(), FakeGpu.TRAITS, source -> List.of(), true, false);
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
}
