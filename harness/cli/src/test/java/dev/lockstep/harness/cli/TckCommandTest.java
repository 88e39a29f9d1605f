package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The contract from the command line: the verdict is right, and the backend cannot take the
/// command with it.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class TckCommandTest {
  @TempDir Path directory;

  private CommandLineProcess.Result tck(String backend, String... more)
      throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("tck", "-b", backend, "-o", directory.toString()));
    arguments.addAll(List.of(more));
    return CommandLineProcess.run(arguments.toArray(String[]::new));
  }

  private JsonNode report() throws IOException {
    return new ObjectMapper().readTree(directory.resolve(TckCommand.REPORT).toFile());
  }

  /// The results that are not `PASSED`.
  private List<JsonNode> notPassed() throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode result : report().path("results")) {
      if (!result.path("status").textValue().equals("PASSED")) {
        found.add(result);
      }
    }
    return found;
  }

  private static List<String> lines(CommandLineProcess.Result result, String verdict) {
    return result.out().lines().filter(line -> line.startsWith(verdict + " ")).toList();
  }

  @Test
  void aRightBackendObeysEveryLaw() throws Exception {
    CommandLineProcess.Result result = tck("kvcache", "--bit-identical-batches");
    assertEquals(ExitCode.OK, result.exitCode(), result.out() + result.err());
    assertTrue(lines(result, "PASS").size() > 30, result.out());
    assertEquals(List.of(), lines(result, "FAIL"));
    assertTrue(result.out().contains("kvcache: PASS: "), result.out());
    JsonNode report = report();
    assertEquals("lockstep-contract/1", report.path("format").textValue());
    assertEquals(0, report.path("failed").intValue() + report.path("skipped").intValue());
    assertEquals(report.path("passed").intValue(), report.path("results").size());
  }

  @Test
  void aBrokenBackendIsToldWhichLawItBreaks() throws Exception {
    CommandLineProcess.Result result = tck("broken-close");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertEquals(List.of("FAIL     aClosedSessionRefusesEverything"), lines(result, "FAIL"));
    assertTrue(result.out().contains("broken-close: FAIL: "), result.out());
    for (JsonNode failed : notPassed()) {
      assertEquals("aClosedSessionRefusesEverything", failed.path("law").textValue());
      assertFalse(failed.path("reason").textValue().isBlank());
    }
  }

  @Test
  void aCrashBreaksTheLawThatItHappenedIn() throws Exception {
    // The golden files need far more than one call, so that the first law has begun.
    CommandLineProcess.Result result = tck("faulty-crash:after=1");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertEquals(1, lines(result, "FAIL").size(), result.out());
    assertTrue(result.err().contains("were not tried"), result.err());
    JsonNode last = notPassed().getLast();
    assertEquals("FAILED", last.path("status").textValue());
    assertFalse(last.path("topic").textValue().equals("process"), last.toString());
    assertTrue(last.path("reason").textValue().contains("was killed by signal 6"), last.toString());
  }

  @Test
  void aHangIsEndedAndBreaksTheLawThatItHappenedIn() throws Exception {
    CommandLineProcess.Result result = tck("faulty-hang:after=1", "--timeout", "10");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    String reason = notPassed().getLast().path("reason").textValue();
    assertTrue(reason.contains("did not answer within 10.0 s"), reason);
    Path log = directory.resolve("logs").resolve("faulty-hang_after=1.log");
    assertTrue(Files.readString(log).contains("FaultyBackends$Hang"), log.toString());
  }

  @Test
  void anUnavailableBackendSaysWhyAndItsRefusalIsTested() throws Exception {
    CommandLineProcess.Result result = tck("faulty-unavailable");
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    assertTrue(
        result.err().contains("libplanted.so.1 was not found; install nothing"), result.err());
    assertTrue(
        lines(result, "PASS").contains("PASS     availabilityIsAnsweredAndMeant"), result.out());
    assertTrue(lines(result, "SKIPPED").size() > 20, result.out());
  }

  @Test
  void anAvailabilityThatThrowsIsABreach() throws Exception {
    CommandLineProcess.Result result = tck("faulty-availability");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertTrue(
        lines(result, "FAIL").contains("FAIL     availabilityIsAnsweredAndMeant"), result.out());
  }

  @Test
  void oneBackendAtATimeIsTested() throws Exception {
    CommandLineProcess.Result result = tck("naive,kvcache");
    assertEquals(ExitCode.USAGE, result.exitCode());
    assertTrue(result.err().contains("exactly one backend is needed"), result.err());
  }

  @Test
  void aRightBackendStandsStress() throws Exception {
    CommandLineProcess.Result result = tck("kvcache", "--stress", "2s", "--seed", "7");
    assertEquals(ExitCode.OK, result.exitCode(), result.out() + result.err());
    assertTrue(result.out().contains("the first of seed 7"), result.out());
    assertEquals(1, lines(result, "PASS").size(), result.out());
    assertTrue(result.out().contains("tried: seeds 7 to "), result.out());
    assertEquals(1, report().path("passed").intValue());
  }

  @Test
  void stressTellsTheSeedThatRepeatsWhatItFound() throws Exception {
    CommandLineProcess.Result result = tck("broken-moved-session", "--stress", "1m", "--seed", "1");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.out() + result.err());
    String reason = notPassed().getLast().path("reason").textValue();
    Matcher seed = Pattern.compile("schedule of seed (\\d+): .*").matcher(reason);
    assertTrue(seed.matches(), reason);
    CommandLineProcess.Result again =
        CommandLineProcess.run(
            "tck", "-b", "broken-moved-session", "--stress", "1m", "--seed", seed.group(1));
    assertEquals(ExitCode.MISMATCH, again.exitCode(), again.out() + again.err());
    assertTrue(again.out().contains("schedule of seed "), again.out());
  }

  @Test
  void aSeedWithoutStressIsRefused() throws Exception {
    CommandLineProcess.Result result = tck("kvcache", "--seed", "1");
    assertEquals(ExitCode.USAGE, result.exitCode());
    assertTrue(result.err().contains("--seed is for --stress"), result.err());
  }
}
