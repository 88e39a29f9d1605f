package dev.lockstep.gpu.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A kernel written by hand goes through both compilers for every architecture that continuous
/// integration promises. It needs no GPU.
class RuntimeCompilerTest {
  private static final String SOURCE =
      """
      extern "C" __global__ __launch_bounds__(256)
      void axpy(const float *x, float a, float *y, int n) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        __shared__ float copy[256];
        copy[threadIdx.x] = i < n ? x[i] : 0.0f;
        __syncthreads();
        if (i < n) y[i] = a * copy[255 - threadIdx.x] + y[i] / 3.0f;
      }
      extern "C" __global__ void nothing() {}
      """;

  static List<CompileTarget> targets() {
    return List.of(
        CompileTarget.cubin(75),
        CompileTarget.cubin(80),
        CompileTarget.cubin(90),
        CompileTarget.ptx(75),
        CompileTarget.ptx(80),
        CompileTarget.codeObject("gfx90a"),
        CompileTarget.codeObject("gfx1030"));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aKernelCompiles(CompileTarget target) {
    RuntimeCompiler compiler = Compilers.require(target.family());
    CompiledCode code = compiler.compile(SOURCE, "axpy.cu", target);
    if (target.form() == CompileTarget.Form.PTX) {
      String text = new String(code.bytes(), StandardCharsets.US_ASCII);
      assertTrue(text.contains(".target " + target.architecture().replace("compute", "sm")), text);
      assertTrue(text.contains(".entry axpy"), text);
    } else {
      assertEquals(
          "\u007fELF", new String(code.bytes(), 0, 4, StandardCharsets.ISO_8859_1), "an ELF file");
    }
  }

  @Test
  void noNvidiaCodeFusesWhatTheSourceDoesNot() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    String ptx =
        new String(
            compiler.compile(SOURCE, "axpy.cu", CompileTarget.ptx(80)).bytes(),
            StandardCharsets.US_ASCII);
    assertFalse(ptx.contains("fma."), ptx);
    assertTrue(ptx.contains("div.rn.f32"), "division is rounded correctly: " + ptx);
  }

  static Stream<CompileTarget> oneOfEach() {
    return Stream.of(CompileTarget.cubin(80), CompileTarget.codeObject("gfx1030"));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void anErrorCarriesTheCompilersLog(CompileTarget target) {
    RuntimeCompiler compiler = Compilers.require(target.family());
    String wrong = SOURCE.replace("if (i < n)", "if (i < undeclared_width)");
    CompilationException e =
        assertThrows(CompilationException.class, () -> compiler.compile(wrong, "axpy.cu", target));
    assertTrue(e.log().contains("undeclared_width"), e.log());
    assertTrue(String.valueOf(e.getMessage()).contains("axpy.cu for " + target.architecture()));
    assertTrue(String.valueOf(e.getMessage()).endsWith(e.log()));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void anUnknownFlagIsRefused(CompileTarget target) {
    RuntimeCompiler compiler = Compilers.require(target.family());
    assertThrows(
        IllegalStateException.class,
        () -> compiler.compile(SOURCE, "axpy.cu", target.with("--no-such-flag-exists")));
  }

  @Test
  void theOtherVendorsTargetIsRefused() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    assertThrows(
        IllegalArgumentException.class,
        () -> compiler.compile(SOURCE, "axpy.cu", CompileTarget.codeObject("gfx90a")));
  }

  @Test
  void nvrtcTellsWhichArchitecturesItKnows() {
    List<Integer> known = Compilers.require(CompilerFamily.NVRTC).computeCapabilities();
    assertTrue(known.containsAll(List.of(75, 80, 90)), known.toString());
    assertEquals(known.stream().sorted().toList(), known);
  }

  @Test
  void nvrtcTellsRegistersAndSharedMemoryOfEveryKernel() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    List<KernelResources> resources = KernelResources.of(compiler, SOURCE, "axpy.cu", 80);
    assertEquals(
        List.of("axpy", "nothing"),
        resources.stream().map(KernelResources::kernel).sorted().toList());
    KernelResources axpy =
        resources.stream().filter(r -> r.kernel().equals("axpy")).findFirst().orElseThrow();
    assertEquals("sm_80", axpy.architecture());
    assertEquals(1024, axpy.sharedBytes());
    assertTrue(axpy.registers() > 0 && axpy.registers() < 255, axpy.toString());
    assertFalse(axpy.spills());
  }

  @Test
  void nvrtcTellsSpills() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    String greedy =
        """
        extern "C" __global__ __launch_bounds__(1024)
        void greedy(float *x) {
          float v[200];
        #pragma unroll
          for (int i = 0; i < 200; i++) v[i] = x[i * 1024 + threadIdx.x];
          __syncthreads();
        #pragma unroll
          for (int i = 0; i < 200; i++) x[i * 1024 + threadIdx.x] = v[199 - i];
        }
        """;
    KernelResources resources = KernelResources.of(compiler, greedy, "greedy.cu", 80).getFirst();
    assertTrue(resources.spills(), resources.toString());
    assertTrue(resources.stackBytes() > 0, resources.toString());
  }
}
