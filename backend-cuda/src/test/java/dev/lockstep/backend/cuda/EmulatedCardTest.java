package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.compiler.CompileTarget;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.gpu.driver.DriverDevice;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The emulated card finds what kernels do wrong, each fault planted in a small kernel of its own,
/// and has nothing to say of the same kernel without it. Without this test, its silence in the
/// others would prove nothing.
@ExtendWith(EmulatedCard.WithCompiler.class)
class EmulatedCardTest {
  private static final int WORDS = 1024;

  @BeforeAll
  static void quietly() {
    EmulatedCard.set("EMULATED_CARD_QUIET", "1");
  }

  @AfterAll
  static void whatIsFoundIsSaidAgain() {
    EmulatedCard.set("EMULATED_CARD_QUIET", null);
  }

  @AfterEach
  void nothingIsLeft() {
    EmulatedCard.finding();
    assertEquals(0, EmulatedCard.held());
  }

  private static CodeMaker maker() {
    RuntimeCompiler compiler = EmulatedCard.compiler();
    return source ->
        List.of(
            () ->
                new CodeMaker.Code(
                    compiler.compile(source.text(), source.name(), CompileTarget.ptx(80)).bytes(),
                    "ptx"));
  }

  /// Runs a kernel of two groups on a buffer of the words 0, 1, 2 …, and another that nobody has
  /// written, and gives back the first.
  private static int[] run(String body) {
    String text =
        """
        extern "C" __global__ void __launch_bounds__(256)
        k(int *__restrict__ p, const int *__restrict__ constant, int *unwritten) {
          __shared__ __align__(16) int s[256];
          const int t = threadIdx.x, g = blockIdx.x;
          %s
        }
        """
            .formatted(body);
    try (DriverDevice device = EmulatedCard.open(maker(), false, true)) {
      DeviceBuffer p = device.allocate("p", WORDS * 4);
      DeviceBuffer unwritten = device.allocate("unwritten", WORDS * 4);
      int[] words = new int[WORDS];
      for (int i = 0; i < WORDS; i++) {
        words[i] = i;
      }
      device.upload(p, 0, MemorySegment.ofArray(words));
      device.launch(
          new Launch(
              device
                  .compile(new KernelSource("k.cu", Dialect.CUDA, text, List.of("k")))
                  .kernel("k"),
              "planted",
              2,
              256,
              List.of(p, p, unwritten)));
      device.download(p, 0, MemorySegment.ofArray(words));
      return words;
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          a barrier is missing      | s[t] = t; p[t + 256 * g] = s[255 - t]; | shared memory was written by another thread since the last barrier | s[t] = t; __syncthreads(); p[t + 256 * g] = s[255 - t];
          a barrier after reading   | s[t] = t; __syncthreads(); int v = s[255 - t]; s[t] = v; p[t + 256 * g] = v; | shared memory was read by another thread since the last barrier | s[t] = t; __syncthreads(); int v = s[255 - t]; __syncthreads(); s[t] = v; p[t + 256 * g] = v;
          shared memory is unwritten | if (t < 100) s[t] = t; __syncthreads(); p[t + 256 * g] = s[t / 2]; | shared memory was never written | if (t < 100) s[t] = t; __syncthreads(); p[t + 256 * g] = s[t / 3];
          device memory is unwritten | p[t + 256 * g] = unwritten[t]; | device memory was never written | unwritten[t + 256 * g] = 1; p[t + 256 * g] = unwritten[t + 256 * g];
          behind the end            | if (t == 7) p[t + 256 * g + 1020] = 1; | not in an allocation | if (t == 7) p[t + 256 * g + 700] = 1;
          before the beginning      | p[t + 256 * g - 1] = 1; | not in an allocation | p[t + 256 * g] = 1;
          behind shared memory      | s[t + g] = t; p[t + 256 * g] = s[t + g]; | byte 1024 of 1024 bytes of shared memory | s[t] = t; p[t + 256 * g] = s[t];
          a vector is misaligned    | ((int4 *) (p + 2))[t / 64] = make_int4(1, 2, 3, 4); | not a multiple of 16 | if (t % 64 == 0) ((int4 *) (p + 4))[t / 64 + 4 * g] = make_int4(1, 2, 3, 4);
          two groups write a word   | p[t] = g; | device memory was written by another group of this launch | p[t + 256 * g] = g;
          a group reads another's   | p[t + 256 * g] = 1; unwritten[t + 256 * g] = p[t]; | device memory was written by another group of this launch | p[t + 256 * g] = 1; unwritten[t + 256 * g] = p[t + 256 * g];
          a group writes what another read | int v = p[t + 256]; unwritten[t + 256 * g] = v; if (g == 1) p[t + 256] = v + 1; | device memory was read by another group of this launch | int v = p[t + 256 * g]; p[t + 256 * g] = v + 1;
          a barrier that half reach | if (t < 128) __syncthreads(); p[t + 256 * g] = 1; | waits for thread 128, which has ended | __syncthreads(); if (t < 128) p[t + 256 * g] = 1;
          a shuffle without all     | int v = t; if (t < 16) v = __shfl_xor_sync(0xffffffffu, v, 1); p[t + 256 * g] = v; | shuffles with lanes 0xffffffff of its warp where only 0xffff are | int v = __shfl_xor_sync(0xffffffffu, t, 1); p[t + 256 * g] = v;
          a constant is not one     | p[t + 256 * g] = 1; __syncthreads(); unwritten[t + 256 * g] = __ldg(constant + 256 * g + 255 - t); | is read as constant and was written by this launch | p[t + 256 * g] = 1; __syncthreads(); unwritten[t + 256 * g] = __ldg(constant + 767 - t);
          """)
  void aFaultIsFoundAndTheKernelWithoutItIsNot(
      String name, String wrong, String finding, String right) {
    GpuException e = assertThrows(GpuException.class, () -> run(wrong), name);
    assertTrue(String.valueOf(e.getMessage()).startsWith("kernel k (planted)"), e.getMessage());
    String found = EmulatedCard.finding();
    assertTrue(found.startsWith("kernel k, group ") && found.contains(finding), found);
    run(right);
    assertEquals("", EmulatedCard.finding());
  }

  @Test
  void threadsThatTookDifferentBranchesMeetAgain() {
    int[] words =
        run(
            """
            int sum = 0;
            for (int i = 0; i < t % 7; i++) sum += i % 2 ? t : 1;
            s[t] = sum;
            __syncthreads();
            if (t % 3 == 0) sum += s[(t + 1) % 256]; else if (t % 3 == 1) sum -= s[t / 2];
            int both = sum + __shfl_xor_sync(0xffffffffu, sum, 5);
            p[t + 256 * g] = both;
            """);
    int[] first = new int[256];
    int[] expected = new int[256];
    for (int t = 0; t < 256; t++) {
      for (int i = 0; i < t % 7; i++) {
        first[t] += i % 2 == 1 ? t : 1;
      }
    }
    for (int t = 0; t < 256; t++) {
      for (int lane : new int[] {t, t ^ 5}) {
        expected[t] += first[lane];
        expected[t] +=
            lane % 3 == 0 ? first[(lane + 1) % 256] : lane % 3 == 1 ? -first[lane / 2] : 0;
      }
    }
    assertArrayEquals(expected, Arrays.copyOf(words, 256));
    assertEquals("", EmulatedCard.finding());
  }

  @Test
  void whatItCannotExecuteIsRefusedByName() {
    GpuException e = assertThrows(GpuException.class, () -> run("atomicAdd(p, 1);"));
    assertTrue(String.valueOf(e.getMessage()).contains("INVALID_PTX"), e.getMessage());
    String found = EmulatedCard.finding();
    assertTrue(found.contains("unknown instruction") && found.contains(".global.add"), found);
  }
}
