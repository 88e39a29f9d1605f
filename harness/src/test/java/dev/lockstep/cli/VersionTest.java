package dev.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.error.ExitCode;
import org.junit.jupiter.api.Test;

class VersionTest {
  private static String version(String revision) throws Exception {
    ProcessBuilder builder = CommandLineProcess.command("--version");
    builder.command().add(1, "-Dlockstep.revision=" + revision);
    CommandLineProcess.Result result = CommandLineProcess.run(builder);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    return result.out().strip();
  }

  @Test
  void theVersionNamesTheCommit() throws Exception {
    assertEquals("lockstep development, commit 9dae7d1-dirty", version("9dae7d1-dirty"));
    assertEquals("lockstep development, commit unknown", version(""));
  }
}
