package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.AvailableMemory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final Gpt2Config CONFIG = new Gpt2Config(12, 12, 768, 1024, 50257, 1e-5);
  private static final long GIBIBYTE = 1L << 30;

  /// A backend that needs what it is told.
  private record Hungry(String id, long bytes) implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String description() {
      return id;
    }

    @Override
    public long privateBytes(Gpt2Config config, OptionValues options) {
      return bytes;
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  private static final List<BackendVariant> TWO =
      List.of(
          new BackendVariant(new Hungry("a", GIBIBYTE), Map.of()),
          new BackendVariant(new Hungry("b", GIBIBYTE), Map.of()));

  private static final long BESIDE = 100L << 20;

  private static MemoryPlan plan(long availableBytes) {
    return MemoryPlan.of(
        variant -> variant.privateBytes(CONFIG),
        GIBIBYTE / 2,
        TWO,
        BESIDE,
        new AvailableMemory(availableBytes, "of the container's limit of 9000 MiB"));
  }

  @Test
  void workersRunSideBySideWhereTheyFit() {
    assertTrue(plan(4 * GIBIBYTE).together());
  }

  @Test
  void workersRunOneAtATimeWhereOnlyOneFits() {
    assertFalse(plan(2 * GIBIBYTE).together());
  }

  @Test
  void whatFitsInNoWayIsRefusedWithTheFigures() {
    UserError error = assertThrows(UserError.class, () -> plan(GIBIBYTE));
    String message = String.valueOf(error.getMessage());
    assertTrue(
        message.contains("available 1024 MiB (of the container's limit of 9000 MiB)"), message);
    assertTrue(message.contains("a 1324 MiB"), message);
    assertTrue(message.contains("checkpoint 512 MiB, probe or oracle 100 MiB"), message);
  }
}
