package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.worker.LockstepVersion;
import dev.lockstep.harness.worker.error.ExitCode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("processes")
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
    String lockstep = "lockstep " + LockstepVersion.text();
    assertEquals(lockstep + ", commit 9dae7d1-dirty", version("9dae7d1-dirty"));
    assertEquals(lockstep + ", commit unknown", version(""));
  }
}
