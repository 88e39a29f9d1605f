package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The last new token needs no position: after a prompt of 5 tokens, 12 positions are enough for 8.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class LastPositionTest {
  private static final String MODEL =
      "synthetic:n_layer=1:n_head=2:n_embd=8:n_positions=12:vocab_size=50257";

  @TempDir Path directory;
  private String prompts = "";

  @BeforeEach
  void writePrompts() throws Exception {
    Path file = directory.resolve("five.jsonl");
    Files.writeString(file, "{\"id\":\"five\",\"prompt_ids\":[1,2,3,4,5]}\n");
    prompts = file.toString();
  }

  private CommandLineProcess.Result lockstep(String command, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(command, "-m", MODEL));
    arguments.addAll(List.of("--worker-jvm-arg=-XX:TieredStopAtLevel=1"));
    arguments.addAll(List.of(more));
    return CommandLineProcess.run(arguments.toArray(String[]::new));
  }

  private static void assertRefused(CommandLineProcess.Result result) {
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(result.err().contains("holds 12 positions: at most -n 8 fits"), result.err());
  }

  @Test
  void runGeneratesToTheLastPosition() throws Exception {
    String out = directory.resolve("out").toString();
    String[] common = {"-b", "naive,kvcache,simd", "-r", "1", "-w", "1", "-p", prompts, "-o", out};
    String[] eight = append(common, "-n", "8");
    CommandLineProcess.Result result = lockstep("run", eight);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertEquals(3, result.out().split("IDENTICAL", -1).length - 1, result.out());
    assertRefused(lockstep("run", append(common, "-n", "9")));
  }

  @Test
  void verifyChecksToTheLastPosition() throws Exception {
    String[] common = {"-b", "simd", "--reference", "naive", "-p", prompts};
    CommandLineProcess.Result result = lockstep("verify", append(common, "-n", "8"));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertRefused(lockstep("verify", append(common, "-n", "9")));
  }

  @Test
  void verifyChecksAPromptThatFillsTheContext() throws Exception {
    Path full = directory.resolve("full.jsonl");
    Files.writeString(full, "{\"prompt_ids\":[1,2,3,4,5,6,7,8,9,10,11,12]}\n");
    CommandLineProcess.Result result =
        lockstep("verify", "-b", "simd", "-p", full.toString(), "-n", "1");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
  }

  @Test
  void generateGoesToTheLastPosition() throws Exception {
    CommandLineProcess.Result result = lockstep("generate", "-n", "12", "a");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    result = lockstep("generate", "-n", "13", "a");
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(result.err().contains("at most -n 12 fits"), result.err());
  }

  private static String[] append(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
