package dev.lockstep.backend.hip;

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
import dev.lockstep.gpu.testing.CCompiler;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// The way from Java to the HIP runtime, with a runtime that is none: a C file compiled for this
/// test, loaded under the name that is looked for first. It answers a call of the wrong form with
/// an error and counts what is not given back. Needs a C compiler and no card.
@ExtendWith(CCompiler.class)
class HipContextTest {
  private static final Path SOURCE = Path.of("src/test/c/fake_hip.c");

  /// The library stays loaded until the JVM ends, so its file stays too.
  @TempDir(cleanup = CleanupMode.NEVER)
  private static Path directory = Path.of("");

  private static SymbolLookup fake = name -> Optional.empty();

  @BeforeAll
  static void loadTheFakeRuntime() throws IOException, InterruptedException {
    Path library = directory.resolve("libamdhip64.so.7");
    int exit =
        new ProcessBuilder(
                "cc",
                "-shared",
                "-fPIC",
                "-Wl,-soname,libamdhip64.so.7",
                "-o",
                library.toString(),
                SOURCE.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertEquals(0, exit, "cc");
    assertTrue(Files.exists(library));
    fake = SymbolLookup.libraryLookup(library, Arena.global());
  }

  private static int held() throws Throwable {
    return (int)
        Linker.nativeLinker()
            .downcallHandle(
                fake.findOrThrow("fake_held"), FunctionDescriptor.of(ValueLayout.JAVA_INT))
            .invokeExact();
  }

  private static DriverDevice open(boolean graphs, String code) {
    HipLibrary hip = Objects.requireNonNull(HipLibrary.find());
    HipDevice device = new HipDevices(hip).devices().getFirst();
    return new DriverDevice(
        HipContext.open(hip, device.ordinal()),
        device.traits(),
        source -> List.of(() -> new CodeMaker.Code((code + "\0").getBytes(), "code")),
        graphs,
        false);
  }

  private static final KernelSource ADD =
      new KernelSource("add.hip", Dialect.HIP, "…", List.of("add"));

  private static Launch add(GpuKernel kernel, DeviceBuffer to, int value) {
    return new Launch(kernel, "add", 3, 256, List.of(to, new Argument.Int(value)));
  }

  @Test
  void theRuntimeTellsItsDevice() {
    HipDevices hip = new HipDevices(Objects.requireNonNull(HipLibrary.find()));
    assertEquals(0, hip.init());
    assertEquals(
        List.of(new HipDevice(0, "Fake 9000", "0000:03:00.0", 77, 32, 1024, 49_152, 5L << 30)),
        hip.devices());
  }

  @Test
  void everyCallReachesTheRuntimeAsItExpectsAndNothingIsLeft() throws Throwable {
    for (boolean graphs : new boolean[] {true, false}) {
      try (DriverDevice device = open(graphs, "code")) {
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
        assertTrue(held() > 0);
      }
      assertEquals(0, held());
    }
  }

  @Test
  void errorsCarryTheRuntimesName() throws Throwable {
    try (DriverDevice device = open(true, "code")) {
      GpuException memory =
          assertThrows(GpuException.class, () -> device.allocate("wte", 6L << 30));
      assertTrue(
          String.valueOf(memory.getMessage()).contains("hipMalloc failed: hipErrorOutOfMemory (2)"),
          memory.getMessage());
      GpuKernel kernel = device.compile(ADD).kernel("add");
      DeviceBuffer buffer = device.allocate("b", 4);
      Launch wrong = new Launch(kernel, "h.1.add", 5, 256, List.of(buffer, new Argument.Int(1)));
      GpuException launch = assertThrows(GpuException.class, () -> device.launch(wrong));
      assertEquals(
          "kernel add (h.1.add), 5 groups of 256 threads failed: hipModuleLaunchKernel"
              + " failed: hipErrorOther (1)",
          launch.getMessage());
    }
    assertEquals(0, held());
    try (DriverDevice device = open(true, "other")) {
      GpuException code = assertThrows(GpuException.class, () -> device.compile(ADD));
      assertTrue(
          String.valueOf(code.getMessage()).contains("hipErrorOther (209)"), code.getMessage());
    }
    assertEquals(0, held());
  }
}
