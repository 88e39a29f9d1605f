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

  private static void assertNamed(CommandLineProcess.Result result, String who, String why) {
    List<String> lines = result.err().lines().toList();
    assertTrue(
        lines.stream().anyMatch(line -> line.contains(who) && line.contains(why)), result.err());
    assertTrue(
        lines.stream().noneMatch(line -> line.contains("kvcache") && line.contains(why)),
        result.err());
  }

  @Test
  void answersOfTheGoldenFileAndTokensThatWereHeldBackAreNamed() throws Exception {
    CommandLineProcess.Result result =
        run(ExitCode.OK, "kvcache,cheat-golden-file,cheat-held-back", "1");
    assertNamed(result, "cheat-golden-file: at most ", "it may look answers up");
    assertNamed(result, "cheat-held-back: ", "it hands tokens over when all are made");
  }

  @Test
  void answersThatWereGivenBeforeAndAClockThatIsSlowedAreNamed() throws Exception {
    CommandLineProcess.Result result =
        run(ExitCode.OK, "kvcache,cheat-kept-answers,cheat-clock", "4");
    assertNamed(result, "cheat-kept-answers on ", "it may replay answers");
    assertNamed(result, "cheat-clock: ", "its times cannot be right");
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
