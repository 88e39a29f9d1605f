package dev.lockstep.gpu.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The assembler's log in the words of CUDA 11.8 and of CUDA 13.
class KernelResourcesTest {

  @Test
  void readsTheLogOfCuda11() {
    String log =
        """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'attention' for 'sm_80'
        ptxas info    : Function properties for attention
        ptxas         .     48 bytes stack frame, 44 bytes spill stores, 40 bytes spill loads
        ptxas info    : Used 79 registers, 5408 bytes smem, 388 bytes cmem[0], 24 bytes cmem[2]
        ptxas info    : Compiling entry function 'gelu' for 'sm_80'
        ptxas info    : Function properties for gelu
        ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 32 registers, 384 bytes cmem[0]
        """;
    assertEquals(
        List.of(
            new KernelResources("attention", "sm_80", 79, 44, 40, 48, 5408),
            new KernelResources("gelu", "sm_80", 32, 0, 0, 0, 0)),
        KernelResources.parse(log));
    assertTrue(KernelResources.parse(log).getFirst().spills());
  }

  @Test
  void readsTheLogOfCuda13() {
    String log =
        """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'attention' for 'sm_90'
        ptxas info    : Function properties for attention
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 80 registers, used 1 barriers, 5408 bytes smem
        ptxas info    : Compile time = 12.3 ms
        """;
    assertEquals(
        List.of(new KernelResources("attention", "sm_90", 80, 0, 0, 0, 5408)),
        KernelResources.parse(log));
  }

  @Test
  void aLogWithoutEntriesHoldsNothing() {
    assertEquals(List.of(), KernelResources.parse("warning: something\n"));
  }

  @Test
  void anEntryThatIsCutOffIsNotTakenForOneWithoutSpills() {
    assertThrows(
        IllegalStateException.class,
        () -> KernelResources.parse("ptxas info : Compiling entry function 'x' for 'sm_80'\n"));
  }
}
