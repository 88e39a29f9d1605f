package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;

/// The contract on the emulated card: the whole backend, from the search for a driver to a captured
/// token, with what NVRTC makes of the kernels, and every access to memory watched. Of the golden
/// files a few here, all in `tools/acceptance gpu`.
@ExtendWith(EmulatedCard.WithCompiler.class)
class EmulatedContractTest extends BackendContract {
  private static final Set<String> SOME = Set.of("width-1", "context-1", "head-size-17", "untied");

  @AfterAll
  static void nothingWasWrongAndNothingIsLeft() {
    assertEquals("", EmulatedCard.finding());
    assertEquals(0, EmulatedCard.held());
  }

  @Override
  public Backend backend() {
    return new CudaBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }

  @Override
  public List<Golden> goldens() {
    List<Golden> some =
        Golden.all().stream().filter(golden -> SOME.contains(golden.name())).toList();
    assertEquals(SOME.size(), some.size());
    return some;
  }
}
