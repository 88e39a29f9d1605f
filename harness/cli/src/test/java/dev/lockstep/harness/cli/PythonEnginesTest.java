package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.tck.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The workers of `examples/engines`, in another language, pass everything that they can be asked.
@Tag("processes")
class PythonEnginesTest {
  private static final Path EXAMPLES = Path.of("../../examples/engines").toAbsolutePath();
  private static final int TIMEOUT_SECONDS = 60;

  @TempDir private Path directory;

  /// The interpreter that has NumPy or PyTorch, or null.
  private static @Nullable String python(String module) throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        Process process =
            new ProcessBuilder(python, "-c", "import " + module).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
          return python;
        }
      } catch (IOException e) {
        // There is none of this name.
      }
    }
    return null;
  }

  /// A file that describes the one worker, whose id is what it needs.
  private String engines(String id) throws Exception {
    String python = python(id);
    Requirement.require(id, python == null ? "no python3 that can import " + id : null);
    Path script = EXAMPLES.resolve(id + "_worker.py");
    Map<String, Object> engine =
        Map.of(
            "id",
            id,
            "speaks",
            "exec",
            "command",
            List.of(String.valueOf(python), script.toString()));
    Path file = directory.resolve("engines.json");
    new ObjectMapper().writeValue(file.toFile(), Map.of("engines", List.of(engine)));
    return file.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"numpy", "torch"})
  void everyStepOfVerifyThatItAnswersPasses(String id) throws Exception {
    String engines = engines(id);
    for (String model : List.of("untied", "bf16-misaligned", "sharded")) {
      CommandLineProcess.Result result =
          CommandLineProcess.run(
              "verify",
              "-b",
              id,
              "--engines",
              engines,
              "-m",
              "../../backend-tck/src/main/resources/dev/lockstep/tck/models/" + model,
              "--random",
              "6",
              "-n",
              "3",
              "--match",
              "near-tie",
              "--coverage",
              "50%");
      assertEquals(ExitCode.OK, result.exitCode(), result.out() + result.err());
      List<String> shown = result.out().lines().filter(line -> line.contains("NOT_SHOWN")).toList();
      assertEquals(1, shown.size(), result.out());
      assertTrue(shown.getFirst().contains("weak points"), result.out());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"numpy", "torch"})
  void itRacesWithItsLogitsCompared(String id) throws Exception {
    String engines = engines(id);
    Path output = directory.resolve("run");
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "run",
            "-b",
            "kvcache," + id,
            "--engines",
            engines,
            "-n",
            "4",
            "-r",
            "1",
            "-w",
            "0",
            "-o",
            output.toString(),
            "The king");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> rows =
        SamplesCsv.read(output.resolve("samples.csv")).stream()
            .filter(sample -> sample.key().backend().equals(id))
            .toList();
    assertFalse(rows.isEmpty());
    assertTrue(rows.stream().allMatch(row -> row.match() == MatchClass.IDENTICAL), rows.toString());
  }

  @Test
  void itIsShortEnoughToBeReadInOneGo() throws IOException {
    assertTrue(Files.readAllLines(EXAMPLES.resolve("numpy_worker.py")).size() <= 150);
  }
}
