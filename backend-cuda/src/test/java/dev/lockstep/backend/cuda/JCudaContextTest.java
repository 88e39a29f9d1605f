package dev.lockstep.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.gpu.driver.DriverDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The way from Java through JCuda to the driver: an [EmulatedCard], which answers a call of the
/// wrong form or order with an error and counts what is not given back.
@ExtendWith(EmulatedCard.class)
class JCudaContextTest {
  /// Adds a number to a word.
  private static final String PTX =
      """
      .version 7.0
      .target sm_70
      .address_size 64
      .visible .entry add(
      .param .u64 add_param_0,
      .param .u32 add_param_1
      )
      .maxntid 256, 1, 1
      {
      .reg .pred %p<2>;
      .reg .b32 %r<5>;
      .reg .b64 %rd<2>;
      mov.u32 %r1, %ctaid.x;
      mov.u32 %r2, %tid.x;
      or.b32 %r1, %r1, %r2;
      setp.ne.s32 %p1, %r1, 0;
      @%p1 bra $DONE;
      ld.param.u64 %rd1, [add_param_0];
      ld.param.u32 %r3, [add_param_1];
      ld.global.u32 %r4, [%rd1];
      add.s32 %r4, %r4, %r3;
      st.global.u32 [%rd1], %r4;
      $DONE:
      ret;
      }
      """;

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, EmulatedCard.held());
  }

  private static DriverDevice open(boolean graphs, String code) {
    return EmulatedCard.open(
        source -> List.of(() -> new CodeMaker.Code((code + "\0").getBytes(UTF_8), "code")),
        graphs,
        false);
  }

  private static final KernelSource ADD =
      new KernelSource("add.cu", Dialect.CUDA, "…", List.of("add"));

  private static Launch add(GpuKernel kernel, DeviceBuffer to, int value) {
    return new Launch(kernel, "add", 3, 256, List.of(to, new Argument.Int(value)));
  }

  @Test
  void theDriverTellsItsDevice() {
    Libcuda driver = Objects.requireNonNull(Libcuda.find());
    assertEquals(0, driver.init());
    assertEquals(12_040, driver.driverVersion());
    EmulatedCard.set("EMULATED_CARD_CAPABILITY", "8.6");
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", "77");
    assertEquals(
        List.of(
            new CudaDevice(
                0, "Emulated card (PTX on the CPU)", 8, 6, 77, 32, 256, 49_152, 16L << 30)),
        driver.devices());
    EmulatedCard.set("EMULATED_CARD_CAPABILITY", null);
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", null);
  }

  @Test
  void everyCallReachesTheDriverAsItExpectsAndNothingIsLeft() {
    for (boolean graphs : new boolean[] {true, false}) {
      try (DriverDevice device = open(graphs, PTX)) {
        GpuKernel kernel = device.compile(ADD).kernel("add");
        DeviceBuffer a = device.allocate("a", 1 << 20);
        DeviceBuffer b = device.allocate("b", 64);
        device.upload(a, 0, MemorySegment.ofArray(new int[1 << 18]));
        device.upload(b, 0, MemorySegment.ofArray(new int[] {40}));
        device.launch(add(kernel, b, 1));
        long[] nanos = device.time(List.of(add(kernel, b, 2), add(kernel, b, -2)));
        assertTrue(nanos.length == 2 && nanos[0] > 0 && nanos[1] > 0, Arrays.toString(nanos));
        LaunchSequence both = device.record("both", List.of(add(kernel, a, 3), add(kernel, b, -7)));
        both.replay();
        both.replay();
        HostBuffer host = device.allocateHost(32);
        device.read(b, 0, host, 4, 4).await();
        device.read(a, 0, host, 8, 4).await();
        assertEquals(40 + 1 - 14, host.memory().get(ValueLayout.JAVA_INT, 4));
        assertEquals(6, host.memory().get(ValueLayout.JAVA_INT, 8));
        int[] back = new int[4];
        device.download(a, 0, MemorySegment.ofArray(back));
        assertEquals(6, back[0]);
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment offHeap = arena.allocate(60);
          device.download(b, 4, offHeap);
          device.upload(b, 4, offHeap);
        }
        device.synchronize();
        assertTrue(EmulatedCard.held() > 0);
      }
      assertEquals(0, EmulatedCard.held());
    }
  }

  @Test
  void errorsCarryTheDriversName() {
    try (DriverDevice device = open(true, PTX)) {
      GpuException memory =
          assertThrows(GpuException.class, () -> device.allocate("wte", 17L << 30));
      assertTrue(
          String.valueOf(memory.getMessage())
              .contains("cuMemAlloc failed: CUDA_ERROR_OUT_OF_MEMORY (2)"),
          memory.getMessage());
      GpuKernel kernel = device.compile(ADD).kernel("add");
      DeviceBuffer buffer = device.allocate("b", 4);
      Launch wrong = new Launch(kernel, "h.1.add", 5, 288, List.of(buffer, new Argument.Int(1)));
      GpuException launch = assertThrows(GpuException.class, () -> device.launch(wrong));
      assertEquals(
          "kernel add (h.1.add), 5 groups of 288 threads failed: cuLaunchKernel failed:"
              + " CUDA_ERROR_INVALID_VALUE (1)",
          launch.getMessage());
    }
    assertEquals(0, EmulatedCard.held());
    try (DriverDevice device = open(true, "\u007fELF")) {
      GpuException code = assertThrows(GpuException.class, () -> device.compile(ADD));
      assertTrue(
          String.valueOf(code.getMessage()).contains("CUDA_ERROR_NO_BINARY_FOR_GPU"),
          code.getMessage());
    }
    assertEquals(0, EmulatedCard.held());
  }

  @Test
  void aDeviceThatSomebodyHasToThemselvesIsExplained() {
    String busy = JCudaContext.meaning(46);
    assertTrue(busy.startsWith("CUDA_ERROR_DEVICE_UNAVAILABLE, another process"), busy);
    assertEquals("CUDA_ERROR_OUT_OF_MEMORY", JCudaContext.meaning(2));
  }
}
