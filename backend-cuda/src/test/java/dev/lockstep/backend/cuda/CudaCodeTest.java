package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.gpu.compiler.CompileCache;
import dev.lockstep.gpu.compiler.CompileTarget;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.tck.Requirement;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaCodeTest {
  private static CudaDevice device(int major, int minor) {
    return new CudaDevice(0, "Card", major, minor, 132, 32, 1024, 49_152, 80L << 30);
  }

  @Test
  void theExactDeviceComesFirstAndPortableCodeSecond() {
    assertEquals(
        List.of(CompileTarget.cubin(90), CompileTarget.ptx(90)),
        CudaCode.targets(List.of(75, 80, 90, 100), device(9, 0)));
  }

  @Test
  void aDeviceNewerThanTheCompilerGetsPortableCodeOfTheNewestGeneration() {
    assertEquals(
        List.of(CompileTarget.ptx(90)), CudaCode.targets(List.of(75, 80, 90), device(12, 0)));
  }

  @Test
  void aDeviceOlderThanTheCompilerIsRefusedByName() {
    GpuException e =
        assertThrows(GpuException.class, () -> CudaCode.targets(List.of(75, 80, 90), device(7, 0)));
    assertEquals(
        "Card has compute capability 7.0, and this NVRTC compiles for [75, 80, 90]: use an older"
            + " one",
        e.getMessage());
  }

  @Test
  void theSecondCompilationComesFromTheCacheAndSaysSo(@TempDir Path directory) {
    CompilerSearch.Result found = CompilerSearch.find(CompilerFamily.NVRTC);
    Requirement.require(
        "nvrtc", found instanceof CompilerSearch.Missing missing ? missing.reason() : null);
    RuntimeCompiler compiler = ((CompilerSearch.Found) found).compiler();
    KernelSource source =
        new KernelSource("n.cu", Dialect.CUDA, "extern \"C\" __global__ void n() {}", List.of("n"));
    CudaCode code = new CudaCode(compiler, new CompileCache(directory), device(8, 0), 12_040);
    List<CodeMaker.Attempt> attempts = code.attempts(source);
    assertEquals("cubin sm_80", attempts.getFirst().make().form());
    assertEquals("cubin sm_80 (cached)", attempts.getFirst().make().form());
    assertEquals("ptx compute_80", attempts.getLast().make().form());
    CudaCode newerDriver =
        new CudaCode(compiler, new CompileCache(directory), device(8, 0), 12_060);
    assertEquals("cubin sm_80", newerDriver.attempts(source).getFirst().make().form());
  }
}
