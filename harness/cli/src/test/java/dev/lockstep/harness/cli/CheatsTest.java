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

/// Backends that are right and lie about their speed are named; one that does not lie is not.
class CheatsTest {
  @TempDir private Path directory;

  private CommandLineProcess.Result run(int exitCode, String backends, String rounds)
      throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "run",
            "-b",
            backends,
            "-n",
            "16",
            "-w",
            "3",
            "-r",
            rounds,
            "-o",
            directory.resolve("out").toString());
    assertEquals(exitCode, result.exitCode(), result.err());
    return result;
  }

  private static void assertNamed(CommandLineProcess.Result result, String backend, String why) {
    assertTrue(
        result
            .err()
            .lines()
            .anyMatch(
                line ->
                    line.contains(backend) && line.contains(": at most ") && line.contains(why)),
        result.err());
    assertTrue(
        result.err().lines().noneMatch(line -> line.contains("kvcache: at most ")), result.err());
  }

  @Test
  void answersOfTheGoldenFileAreNamedByPromptsThatNobodyCouldForesee() throws Exception {
    assertNamed(
        run(ExitCode.OK, "kvcache,cheat-golden-file", "1"),
        "cheat-golden-file",
        "it may look answers up");
  }

  @Test
  void answersThatWereGivenBeforeAreNamedByPromptsOfTheSameLength() throws Exception {
    assertNamed(
        run(ExitCode.OK, "kvcache,cheat-kept-answers", "4"),
        "cheat-kept-answers on ",
        "it may replay answers");
  }

  @Test
  void inventedAnswersAreWrongOnPromptsThatNobodyCouldForesee() throws Exception {
    run(ExitCode.MISMATCH, "kvcache,cheat-golden-file-only", "1");
    List<String> secret =
        Files.readAllLines(directory.resolve("out").resolve(VerificationCsv.TABLE.fileName()))
            .stream()
            .filter(row -> row.contains(",secret,"))
            .toList();
    assertEquals(2, secret.size(), secret::toString);
    assertTrue(secret.get(0).contains(",pass,"), secret.get(0));
    assertTrue(secret.get(1).contains(",fail,"), secret.get(1));
    assertTrue(secret.get(1).contains("new token 1 is 0"), secret.get(1));
  }
}
