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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What `verify` finds: exit codes, verdicts, files.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class VerifyCommandTest extends VerifyCase {
  @Test
  void aRightBackendPassesEveryStep() throws Exception {
    CommandLineProcess.Result result = verify("-b", "simd", "--random", "3", "--explain");
    assertEquals(ExitCode.OK, result.exitCode(), result.out() + result.err());
    assertTrue(
        result.err().lines().allMatch(line -> line.matches("lockstep: .* done, .* so far.*")),
        result.err());
    for (String step : List.of("1 tokens", "2 logits", "3 self-consistency", "4 explain")) {
      assertTrue(
          result.out().lines().anyMatch(line -> line.matches(" +" + step + " +PASS.*")),
          result.out());
    }
    assertFalse(result.out().contains("5 repro"), result.out());
    Map<String, Set<String>> verdicts = verdicts("simd");
    assertEquals(Set.of("tokens", "logits", "self_consistency", "explain"), verdicts.keySet());
    verdicts.values().forEach(each -> assertEquals(Set.of("pass"), each));
    // Tokens, logits and explain once for each prompt, and eight checks.
    assertEquals(3 * (3 + 8), rows().size());
  }

  @Test
  void aPlantedBugIsNamedAndItsReproReplaysIt() throws Exception {
    CommandLineProcess.Result result =
        verify("-b", "broken-gelu-cube", "--random", "2", "--explain");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    String finding = line(result, "4 explain");
    assertTrue(finding.contains("h.1.mlp.act, position 0, channel "), finding);
    assertTrue(result.out().contains("hint: GELU without its cubic term"), result.out());

    Path repro = output().resolve("repro-broken-gelu-cube");
    for (String file :
        List.of("prompt.jsonl", "repro.json", "operation.csv", "inputs.csv", "logits.csv")) {
      assertTrue(Files.size(repro.resolve(file)) > 0, file);
    }
    JsonNode json = new ObjectMapper().readTree(repro.resolve("repro.json").toFile());
    assertEquals("lockstep-repro/1", json.path("format").textValue());
    assertEquals(64, json.path("model_sha256").textValue().length());
    assertEquals("h.1.mlp.act", json.at("/steps").findPath("operation").textValue());

    String script = Files.readString(repro.resolve("replay.sh"));
    String launcher = "exec '" + CommandLineProcess.HOME + "/lockstep' ";
    assertTrue(script.startsWith("#!/bin/sh\n" + launcher + "verify "), script);
    String command = script.lines().toList().getLast().replace(launcher, "");
    List<String> words = new ArrayList<>(Arrays.asList(command.split(" ")));
    words.addAll(List.of("-o", directory.resolve("again").toString()));
    CommandLineProcess.Result replayed = CommandLineProcess.run(words.toArray(String[]::new));
    assertEquals(ExitCode.MISMATCH, replayed.exitCode(), replayed.err());
    assertEquals(finding, line(replayed, "4 explain"));
  }

  @Test
  void aReproNamesTheModelsDirectoryAsItIsCalledFromAnywhere() throws Exception {
    Path absolute = Path.of(model).toAbsolutePath();
    String relative = Path.of("").toAbsolutePath().relativize(absolute).toString();
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "verify",
            "-m",
            relative,
            "-b",
            "broken-gelu-cube",
            "--random",
            "1",
            "-n",
            "2",
            "-o",
            output().toString());
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    String script = Files.readString(output().resolve("repro-broken-gelu-cube/replay.sh"));
    assertTrue(script.contains(" -m " + absolute + " "), script);
  }

  /// The worker itself must not keep a second session.
  @Test
  void aSessionIsHeldAgainstOneThatIsReallyAlone() throws Exception {
    CommandLineProcess.Result result = verify("-b", "broken-two-sessions", "--random", "1");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.out() + result.err());
    assertEquals(Set.of("fail", "pass"), verdicts("broken-two-sessions").get("self_consistency"));
    assertTrue(line(result, "a second session beside it").contains("FAIL"), result.out());
  }

  /// An answer that no right backend can give is a wrong answer, not a missing one.
  @Test
  void rubbishIsAMismatch() throws Exception {
    CommandLineProcess.Result result =
        verify(
            "-b", "broken-padded-logits,broken-promised-activation", "--random", "1", "--explain");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertTrue(
        result.out().contains("1024 logits came where the vocabulary has 1001"), result.out());
    assertEquals(Set.of("fail"), verdicts("broken-padded-logits").get("logits"));
    assertTrue(
        result.out().contains("observe promises h.0.mlp.act, which was never shown"), result.out());
    assertEquals(Set.of("fail"), verdicts("broken-promised-activation").get("explain"));
  }

  @Test
  void anApproximateBackendIsNeverCalledIdentical() throws Exception {
    CommandLineProcess.Result result =
        verify("-b", "approximate-bf16,approximate-int4", "--random", "4", "--explain");
    assertEquals(ExitCode.OK, result.exitCode(), result.out() + result.err());
    assertFalse(result.out().contains("IDENTICAL"), result.out());
    assertTrue(line(result, "1 tokens").matches(".*APPROXIMATE.* % of the tokens agree.*"));
    assertTrue(line(result, "2 logits").matches(".*APPROXIMATE.*KL mean .*same top 1 .*"));
    for (String backend : List.of("approximate-bf16", "approximate-int4")) {
      Map<String, Set<String>> verdicts = verdicts(backend);
      assertEquals(Set.of("approximate"), verdicts.get("tokens"));
      assertEquals(Set.of("approximate"), verdicts.get("logits"));
      assertEquals(Set.of("pass"), verdicts.get("self_consistency"));
      assertEquals(Set.of("approximate"), verdicts.get("explain"));
    }
    List<CSVRecord> logits =
        rows().stream().filter(row -> row.get("step").equals("logits")).toList();
    logits.forEach(row -> assertTrue(Double.parseDouble(row.get("kl_mean")) > 0, row::toString));
    assertTrue(
        rows().stream().noneMatch(row -> row.get("match").equals("IDENTICAL")), result.out());
  }

  private static String line(CommandLineProcess.Result result, String step) {
    return result
        .out()
        .lines()
        .filter(line -> line.contains(step))
        .findFirst()
        .orElseThrow(() -> new AssertionError(result.out() + result.err()));
  }
}
