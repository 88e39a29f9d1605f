package dev.lockstep.gpu.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.kernel.KernelGenerator;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.kernel.ProbeKernels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kernel that the generator writes goes through NVIDIA's and AMD's compilers, for devices
/// that are not here. Side by side: the compilers take minutes, and each uses one core.
@Execution(ExecutionMode.CONCURRENT)
class GeneratedKernelsTest {
  /// 255 is what the architecture offers; more would spill.
  private static final int MAX_REGISTERS = 255;

  private static final List<Gpt2Config> SHAPES =
      List.of(
          gpt2(12, 12, 768),
          gpt2(24, 16, 1024),
          gpt2(36, 20, 1280),
          gpt2(48, 25, 1600),
          new Gpt2Config(2, 3, 33, 67, 61, 1e-5),
          new Gpt2Config(1, 1, 1, 1, 2, 1e-5),
          new Gpt2Config(1, 2, 34, 40, 101, 1e-5));

  private static Gpt2Config gpt2(int layers, int heads, int width) {
    return new Gpt2Config(layers, heads, width, 1024, 50257, 1e-5);
  }

  /// Every shape as it is used by default; with other options, 124M, where they are measured, and
  /// an odd one.
  static Stream<Arguments> nvidiaVariants() {
    return variants(SHAPES, SHAPES.get(0), SHAPES.get(4));
  }

  /// The same without the shapes between the smallest published one and the largest, and with other
  /// options an odd one alone: it takes this compiler twice as long.
  static Stream<Arguments> amdVariants() {
    List<Gpt2Config> shapes = new ArrayList<>(SHAPES);
    shapes.removeAll(List.of(SHAPES.get(1), SHAPES.get(2)));
    return variants(shapes, SHAPES.get(4));
  }

  private static Stream<Arguments> variants(
      List<Gpt2Config> shapes, Gpt2Config... withOtherOptions) {
    List<KernelOptions> others =
        List.of(
            new KernelOptions(false, true, true),
            new KernelOptions(true, false, true),
            new KernelOptions(false, false, true),
            new KernelOptions(true, true, false));
    return Stream.concat(
        shapes.stream().map(shape -> Arguments.of(shape, KernelOptions.DEFAULT)),
        Stream.of(withOtherOptions)
            .flatMap(shape -> others.stream().map(options -> Arguments.of(shape, options))));
  }

  /// The largest published shape, and two odd ones.
  static Stream<Gpt2Config> someShapes() {
    return Stream.of(SHAPES.get(3), SHAPES.get(4), SHAPES.get(5));
  }

  private static DeviceTraits nvidia(int computeUnits) {
    return new DeviceTraits(
        "NVIDIA", Dialect.CUDA, true, 32, 4, computeUnits, 1024, 49_152, 80L << 30);
  }

  private static DeviceTraits amd(int waveWidth, int computeUnits) {
    return new DeviceTraits(
        "AMD", Dialect.HIP, true, waveWidth, 4, computeUnits, 1024, 65_536, 64L << 30);
  }

  @ParameterizedTest
  @MethodSource("nvidiaVariants")
  void compileForNvidiasAmpereAndHopperWithoutSpills(Gpt2Config shape, KernelOptions options) {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    for (var device : List.of(new int[] {80, 108}, new int[] {90, 132})) {
      KernelSource source = KernelGenerator.generate(shape, nvidia(device[1]), options);
      List<KernelResources> resources =
          KernelResources.of(compiler, source.text(), source.name(), device[0]);
      Set<String> compiled =
          resources.stream().map(KernelResources::kernel).collect(Collectors.toSet());
      assertEquals(Set.copyOf(source.kernels()), compiled);
      for (KernelResources kernel : resources) {
        assertTrue(!kernel.spills() && kernel.registers() <= MAX_REGISTERS, kernel.toString());
        assertTrue(kernel.sharedBytes() <= 49_152, kernel.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("someShapes")
  void compileToPortableCodeForNvidiasTuring(Gpt2Config shape) {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    KernelSource source = KernelGenerator.generate(shape, nvidia(40), KernelOptions.DEFAULT);
    assertTrue(
        compiler.compile(source.text(), source.name(), CompileTarget.ptx(75)).bytes().length > 0);
  }

  @ParameterizedTest
  @MethodSource("amdVariants")
  void compileForAmdsDevicesWithWavesOf64AndOf32(Gpt2Config shape, KernelOptions options) {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.HIPRTC);
    KernelSource wide = KernelGenerator.generate(shape, amd(64, 104), options);
    KernelSource narrow = KernelGenerator.generate(shape, amd(32, 36), options);
    assertHasKernels(compiler, wide, CompileTarget.codeObject("gfx90a"));
    assertHasKernels(compiler, narrow, CompileTarget.codeObject("gfx1030"));
  }

  @Test
  void theProbesCompileForNvidia() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    for (int computeCapability : List.of(80, 90)) {
      KernelSource probes = ProbeKernels.source(Dialect.CUDA);
      for (KernelResources kernel :
          KernelResources.of(compiler, probes.text(), probes.name(), computeCapability)) {
        assertTrue(!kernel.spills(), kernel.toString());
      }
    }
  }

  @Test
  void theProbesCompileForAmd() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.HIPRTC);
    KernelSource probes = ProbeKernels.source(Dialect.HIP);
    assertHasKernels(compiler, probes, CompileTarget.codeObject("gfx90a"));
    assertHasKernels(compiler, probes, CompileTarget.codeObject("gfx1030"));
  }

  /// A code object is an ELF file; the symbol of a kernel's descriptor is its name and `.kd`.
  private static void assertHasKernels(
      RuntimeCompiler compiler, KernelSource source, CompileTarget target) {
    byte[] code = compiler.compile(source.text(), source.name(), target).bytes();
    String text = new String(code, StandardCharsets.ISO_8859_1);
    for (String kernel : source.kernels()) {
      assertTrue(text.contains(kernel + ".kd\0"), kernel + " for " + target.architecture());
    }
  }
}
