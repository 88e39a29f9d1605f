package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the environment and the user tell the workers' JVMs.
@Tag("processes")
class JvmEnvironmentTest {
  @TempDir private Path directory;

  private CommandLineProcess.Result run(Map<String, String> environment, String... more)
      throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of("run", "-b", "simd", "-n", "2", "-r", "1", "-w", "0", "-o", directory + "/o"));
    words.addAll(List.of(more));
    ProcessBuilder builder = CommandLineProcess.command(words.toArray(String[]::new));
    builder.environment().putAll(environment);
    return CommandLineProcess.run(builder);
  }

  private JsonNode environment() throws Exception {
    return new ObjectMapper().readTree(directory.resolve("o/environment.json").toFile());
  }

  @Test
  void aWorkerRunsWithTheCollectorThatTheEnvironmentChooses() throws Exception {
    CommandLineProcess.Result result = run(Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseSerialGC"));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertEquals(
        "-XX:+UseSerialGC", environment().at("/host/jvm_options/JAVA_TOOL_OPTIONS").textValue());
    String flags = environment().at("/backends/0/jvm_args").toString();
    assertFalse(flags.contains("GC"), flags);
    assertFalse(result.err().contains("pct_of_limit"), result.err());
  }

  @Test
  void aWorkerRunsWithTheCollectorThatTheUserChooses() throws Exception {
    CommandLineProcess.Result result = run(Map.of(), "--worker-jvm-arg=-XX:+UseG1GC");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    String flags = environment().at("/backends/0/jvm_args").toString();
    assertTrue(flags.contains("-XX:+UseG1GC"), flags);
    assertFalse(flags.contains("-XX:+UseParallelGC"), flags);
    assertTrue(environment().at("/host/jvm_options").isMissingNode());
  }

  @Test
  void aBadWorkerFlagSaysWhyOnTheScreen() throws Exception {
    CommandLineProcess.Result result = run(Map.of(), "--worker-jvm-arg=-XX:+NoSuchFlag");
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    assertTrue(result.err().contains("Unrecognized VM option 'NoSuchFlag'"), result.err());
    assertTrue(
        result.err().contains("is --worker-jvm-arg right? it has -XX:+NoSuchFlag"), result.err());
    assertTrue(Files.exists(directory.resolve("o")), result.err());
  }
}
