package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run names the backend that keeps memory of every answer, and no other.
@Tag("processes")
class LeakTest {
  private static final String MODEL =
      "../../backend-tck/src/main/resources/dev/lockstep/tck/models/deep";

  @TempDir Path directory;

  @Test
  void whoKeepsMemoryOfEveryAnswerIsNamed() throws Exception {
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4,1,5]}\n");
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "run",
            "-m",
            MODEL,
            "-b",
            "kvcache,simd,faulty-leak",
            "-p",
            prompts.toString(),
            "-n",
            "2",
            "-r",
            "10",
            "-w",
            "0",
            "-o",
            directory.resolve("run").toString());
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> named =
        result.err().lines().filter(line -> line.contains("memory outside the Java heap")).toList();
    assertEquals(1, named.size(), result.err());
    assertTrue(
        named.getFirst().startsWith("note: faulty-leak: its memory outside the Java heap grew by "),
        named.getFirst());
  }
}
