package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backend that knows the answers to every prompt of a run, and invents the rest, is caught by
/// prompts that nobody could foresee; one that computes the rest gives right tokens, so that only
/// its times tell (`SuspicionTest`, `ClockCheckTest`).
class CheatsTest {
  @TempDir private Path directory;

  @Test
  void inventedAnswersAreWrongOnPromptsThatNobodyCouldForesee() throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "run",
            "-b",
            "cheat-golden-file,cheat-golden-file-only",
            "-n",
            "8",
            "-w",
            "0",
            "-r",
            "1",
            "-o",
            directory.toString());
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    List<String> secret =
        Files.readAllLines(directory.resolve(VerificationCsv.TABLE.fileName())).stream()
            .filter(row -> row.contains(",secret,"))
            .toList();
    assertEquals(2, secret.size(), secret::toString);
    assertTrue(secret.get(0).contains(",pass,"), secret.get(0));
    assertTrue(secret.get(1).contains(",fail,"), secret.get(1));
    assertTrue(secret.get(1).contains("new token 1 is 0"), secret.get(1));
  }
}
