package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Temporary directories in which no worker can be started.
@Tag("processes")
class WorkerStartTest {
  @TempDir private Path directory;

  private String errorWithTemporaryDirectory(Path temporary) throws Exception {
    ProcessBuilder builder =
        CommandLineProcess.command(
            "run", "-b", "kvcache", "-n", "1", "-r", "1", "-w", "0", "-o", directory + "/o");
    builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
    CommandLineProcess.Result result = CommandLineProcess.run(builder);
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    assertTrue(result.err().contains(temporary.toString()), result.err());
    return result.err();
  }

  @Test
  void aTemporaryDirectoryWhosePathIsTooLongIsNamed() throws Exception {
    Path deep = directory.resolve("d".repeat(60)).resolve("e".repeat(60));
    Files.createDirectories(deep);
    String error = errorWithTemporaryDirectory(deep);
    assertTrue(error.contains("writable and its path short?"), error);
  }

  @Test
  void aTemporaryDirectoryThatCannotBeWrittenIsNamed() throws Exception {
    String error = errorWithTemporaryDirectory(directory.resolve("missing"));
    assertTrue(error.contains("writable and its path short?"), error);
  }

  @Test
  void aColonInAPluginsPathIsNamed() throws Exception {
    Path jar = Files.createDirectory(directory.resolve("a:b")).resolve("my-backend.jar");
    Files.createFile(jar);
    CommandLineProcess.Result result =
        CommandLineProcess.run("backends", "--plugins", jar.toString());
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(
        result.err().startsWith("lockstep: --plugins " + jar + ": Java takes a ':'"), result.err());
  }
}
