package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Workers that are pinned see no more processors than they may use; where they cannot be pinned,
/// that is said.
@Tag("processes")
class PinOptionTest {
  private static final String MODEL =
      "../../backend-tck/src/main/resources/dev/lockstep/tck/models/head-size-5";

  @TempDir Path directory;

  private CommandLineProcess.Result run(String pin) throws Exception {
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n");
    return CommandLineProcess.run(
        "run",
        "-m",
        MODEL,
        "-b",
        "simd",
        "-p",
        prompts.toString(),
        "-n",
        "2",
        "-r",
        "1",
        "-w",
        "0",
        "--pin",
        pin,
        "-o",
        directory.resolve("run").toString());
  }

  @Test
  void workersSeeTheProcessorsThatTheyMayUse() throws Exception {
    CommandLineProcess.Result result = run("0");
    if (result.err().contains("there is no taskset here")) {
      assertEquals(ExitCode.USAGE, result.exitCode());
      return;
    }
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    JsonNode environment =
        new ObjectMapper().readTree(directory.resolve("run").resolve("environment.json").toFile());
    assertEquals("0", environment.at("/host/pinned_to").textValue());
    assertEquals(
        "1", environment.at("/backends/0/execution_path/threads").asText(), environment.toString());
  }

  @Test
  void aProcessorThatIsNotThereIsRefusedBeforeAnythingIsDone() throws Exception {
    CommandLineProcess.Result result = run("9999");
    assertEquals(ExitCode.USAGE, result.exitCode());
    assertTrue(result.err().startsWith("lockstep: --pin 9999: "), result.err());
  }
}
