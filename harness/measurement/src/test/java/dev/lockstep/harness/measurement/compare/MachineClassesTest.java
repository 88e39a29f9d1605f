package dev.lockstep.harness.measurement.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineClassesTest {
  @TempDir private Path directory;

  private RecordedRun run(String name, MadeUpRun run) {
    return RecordedRun.read(run.write(directory.resolve(name)));
  }

  private static MadeUpRun machine() {
    return new MadeUpRun().backend("kvcache", 20).backend("simd", 5);
  }

  private static List<List<String>> names(List<List<RecordedRun>> classes) {
    return classes.stream()
        .map(own -> own.stream().map(run -> run.directory().getFileName().toString()).toList())
        .toList();
  }

  @Test
  void machinesOfAClassAreEqualInWhatDecidesSpeed() {
    RecordedRun one = run("one", machine());
    RecordedRun rebooted = run("rebooted", machine().host("memory_bytes", 8_050_000_000L));
    RecordedRun slower = run("slower", machine().drift(2));
    assertEquals(
        List.of(List.of("one", "rebooted", "slower")),
        names(MachineClasses.of(List.of(one, rebooted, slower))));
  }

  @Test
  void whatDecidesSpeedTellsThemApart() {
    RecordedRun one = run("one", machine());
    RecordedRun processor = run("processor", machine().host("cpu", "Another"));
    RecordedRun cores = run("cores", machine().host("cores", 4));
    RecordedRun memory = run("memory", machine().host("memory_bytes", 16_000_000_000L));
    RecordedRun pinned = run("pinned", machine().host("pinned_to", "0"));
    RecordedRun jvm = run("jvm", machine().host("jvm_version", "25+2"));
    RecordedRun again = run("again", machine());
    assertEquals(
        List.of(
            List.of("one", "again"),
            List.of("processor"),
            List.of("cores"),
            List.of("memory"),
            List.of("pinned"),
            List.of("jvm")),
        names(MachineClasses.of(List.of(one, processor, cores, memory, pinned, jvm, again))));
  }

  @Test
  void anotherDriverIsAnotherClass() {
    RecordedRun one = run("one", machine());
    RecordedRun other = run("other", machine());
    driver(one, "CUDA 12.8");
    driver(other, "CUDA 13.0");
    assertEquals(
        List.of(List.of("one"), List.of("other")), names(MachineClasses.of(List.of(one, other))));
    driver(other, "CUDA 12.8");
    assertEquals(List.of(List.of("one", "other")), names(MachineClasses.of(List.of(one, other))));
  }

  private static void driver(RecordedRun run, String driver) {
    ObjectNode backend = (ObjectNode) run.environment().path("backends").path(0);
    backend.putObject("execution_path").put("driver", driver);
  }
}
