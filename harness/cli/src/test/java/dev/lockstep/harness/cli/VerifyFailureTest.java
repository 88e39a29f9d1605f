package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.tck.Golden;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `verify` says when something is wrong, and that it costs nothing else.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class VerifyFailureTest extends VerifyCase {
  /// One that dies costs its own verdicts; those after it are checked all the same.
  @Test
  void whoeverDiesInTheMiddleCostsTheOthersNothing() throws Exception {
    CommandLineProcess.Result result =
        verify(
            "-b",
            "faulty-crash:after=9,faulty-exit:after=9,faulty-throw:after=9,kvcache",
            "--random",
            "1");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    for (String backend : List.of("faulty-crash", "faulty-exit", "faulty-throw")) {
      assertTrue(
          verdicts(backend).getOrDefault("self_consistency", Set.of()).contains("error"), backend);
      assertTrue(Files.exists(output().resolve("repro-" + backend + "_after=9/repro.json")));
    }
    verdicts("kvcache").values().forEach(each -> assertEquals(Set.of("pass"), each));
    assertTrue(result.out().contains("was killed by signal 6"), result.out());
    assertTrue(result.out().contains("ended with exit code 0"), result.out());
    assertTrue(result.out().contains("planted failure with a second line"), result.out());
  }

  /// As on a full disk, which a test cannot have.
  @Test
  void aReproWhoseNameIsTakenGetsAnother() throws Exception {
    Files.createDirectories(output());
    Path inTheWay = Files.writeString(output().resolve("repro-broken-gelu-cube"), "x");
    CommandLineProcess.Result result = verify("-b", "broken-gelu-cube,kvcache", "--random", "1");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertEquals("x", Files.readString(inTheWay));
    assertTrue(Files.exists(output().resolve("repro-broken-gelu-cube-2/replay.sh")), result.out());
    assertEquals(Set.of("fail"), verdicts("broken-gelu-cube").get("logits"));
    verdicts("kvcache").values().forEach(each -> assertEquals(Set.of("pass"), each));
  }

  @Test
  void aReferenceThatFailsLeavesWhatWasMeasuredBefore() throws Exception {
    // As many calls as the tokens of one prompt need.
    String reference = "faulty-throw:after=" + NEW_TOKENS;
    CommandLineProcess.Result result =
        verify("-b", "simd", "--reference", reference, "--random", "1");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    assertTrue(result.err().contains("the reference failed: faulty-throw"), result.err());
    assertEquals(Set.of("pass"), verdicts("simd").get("tokens"));
    assertEquals(null, verdicts("simd").get("logits"));
  }

  /// Twice: then it is not waited for again, however many checks are left.
  @Test
  void aHangIsEndedAfterTheTimeout() throws Exception {
    CommandLineProcess.Result result =
        verify("-b", "faulty-hang:after=7", "--random", "1", "--timeout", "6");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    assertTrue(result.out().contains("did not answer within 6.0 s"), result.out());
    assertTrue(result.out().contains("is not asked any more: it hung 2 times"), result.out());
    assertFalse(result.out().contains("3 times"), result.out());
  }

  @Test
  void aReferenceThatIsItselfWrongJudgesNobody() throws Exception {
    CommandLineProcess.Result result =
        verify("-b", "kvcache", "--reference", "broken-gelu-cube", "--random", "1");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.out());
    assertTrue(
        result.err().contains("broken-gelu-cube itself differs from naive in double precision"),
        result.err());
  }

  /// A bound that is not a number would let everything pass.
  @ParameterizedTest
  @ValueSource(strings = {"verify --random 1", "run -r 1 -w 0 -p"})
  void aModelWithoutFiniteLogitsIsRefused(String command) throws Exception {
    Path broken = Files.createDirectory(directory.resolve("broken"));
    try (Stream<Path> files = Files.list(Path.of(model))) {
      for (Path file : files.toList()) {
        Files.copy(file, broken.resolve(file.getFileName()));
      }
    }
    Path weights = broken.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - Float.BYTES, Float.NaN);
    Files.write(weights, bytes);
    Path out = directory.resolve("out-of-broken");
    Path prompts = directory.resolve("of-broken.jsonl");
    Files.writeString(prompts, "{\"prompt_ids\": [1, 2]}\n");
    String arguments = command + (command.startsWith("run") ? " " + prompts : "");
    arguments += " -m %s -b kvcache -n 2 -o %s".formatted(broken, out);
    CommandLineProcess.Result result = CommandLineProcess.run(arguments.split(" "));
    assertEquals(ExitCode.ERROR, result.exitCode(), result.out());
    assertTrue(result.err().contains("naive's own logits are not finite"), result.err());
  }

  @Test
  void aTerminatedCommandTakesItsWorkersWithIt() throws Exception {
    Path out = directory.resolve("printed");
    Process process =
        CommandLineProcess.command(
                "verify", "-m", model, "-b", "faulty-slow", "--random", "40", "-n", "4")
            .redirectOutput(out.toFile())
            .redirectErrorStream(true)
            .start();
    while (process.descendants().count() < 2 && process.isAlive()) {
      Thread.sleep(20);
    }
    List<ProcessHandle> workers = process.descendants().toList();
    process.destroy();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertFalse(workers.isEmpty(), Files.readString(out));
    for (ProcessHandle worker : workers) {
      worker.onExit().get(30, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          2 ~ -b                                   ~ Missing required parameter for option '--backend'
          2 ~ -b kvcach                            ~ did you mean 'kvcache'?
          2 ~ -b kvcache --reference               ~ Missing required parameter for option '--reference'
          2 ~ -b kvcache --reference nave          ~ did you mean 'naive'?
          2 ~ -b kvcache --reference naive,kvcache ~ exactly one backend is needed
          2 ~ -b kvcache --golden                  ~ Missing required parameter for option '--golden'
          2 ~ -b kvcache --random x                ~ Invalid value for option '--random'
          2 ~ -b kvcache --random -1               ~ --random -1 is not 0 or above
          2 ~ -b kvcache --seed x                  ~ Invalid value for option '--seed'
          2 ~ -b kvcache --random 1 -n 0           ~ -n 0 with --random
          2 ~ -b kvcache --match near              ~ 'near' is neither identical nor near-tie
          2 ~ -b kvcache -p none.txt               ~ prompt file none.txt does not exist
          2 ~ -b kvcache -p DIRECTORY.txt          ~ DIRECTORY.txt is a directory
          1 ~ -b kvcache --golden OTHER            ~ was recorded from another model
          1 ~ -b kvcache --golden DIRECTORY.txt    ~ DIRECTORY.txt
          1 ~ -b kvcache -o FILE                   ~ FILE
          2 ~ -b kvcache --plugins none.jar        ~ --plugins none.jar: no such jar
          2 ~ -b kvcache@none.jar                  ~ -b kvcache@none.jar: there is no such jar
          1 ~ -b kvcache -o /proc/none             ~ /proc/none cannot be written
          5 ~ -b faulty-unavailable --random 1 -n 1 ~ libplanted.so.1 was not found; install nothing
          1 ~ -b kvcache --reference faulty-load --random 1 -n 1 ~ the reference failed: faulty-load
          1 ~ -b kvcache -m no/such                ~ no/such
          """)
  void whatIsWrongIsSaidInOneLine(int exitCode, String arguments, String message) throws Exception {
    Path subdirectory = Files.createDirectory(directory.resolve("a.txt"));
    Path file = Files.writeString(directory.resolve("file"), "x");
    Path other = directory.resolve("other.json");
    try (var golden = Golden.class.getResourceAsStream("/dev/lockstep/tck/goldens/deep.json")) {
      Files.copy(golden, other);
    }
    List<String> words = new ArrayList<>(List.of("verify"));
    if (!arguments.contains("-m ")) {
      words.addAll(List.of("-m", model));
    }
    for (String word : arguments.split(" +")) {
      words.add(
          switch (word) {
            case "DIRECTORY.txt" -> subdirectory.toString();
            case "FILE" -> file.toString();
            case "OTHER" -> other.toString();
            default -> word;
          });
    }
    CommandLineProcess.Result result = CommandLineProcess.run(words.toArray(String[]::new));
    String expected =
        message.replace("DIRECTORY.txt", subdirectory.toString()).replace("FILE", file.toString());
    assertEquals(exitCode, result.exitCode(), result.err());
    assertTrue(result.err().contains(expected), result.err());
    assertFalse(result.err().contains("\tat "), result.err());
    assertTrue(result.err().startsWith("lockstep: "), result.err());
  }
}
