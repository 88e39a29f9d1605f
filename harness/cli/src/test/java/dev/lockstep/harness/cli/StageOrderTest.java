package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Backend;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageOrderTest {
  @Test
  void stagesComeInTheOrderOfTheRoadmap() {
    List<String> ids = BackendCatalog.load(List.of()).all().stream().map(Backend::id).toList();
    assertEquals(List.of("naive", "kvcache", "simd", "opencl", "cuda", "hip"), ids.subList(0, 6));
    assertEquals(ids.subList(6, ids.size()).stream().sorted().toList(), ids.subList(6, ids.size()));
  }
}
