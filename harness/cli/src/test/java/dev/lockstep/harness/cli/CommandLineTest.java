package dev.lockstep.harness.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the commands say, above all when something is wrong: one line, the right exit code, no
/// stack.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class CommandLineTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          2 ~ run -b nave                      ~ did you mean 'naive'?
          2 ~ run -b naive:precision=f16       ~ 'f16' is not one of f32|f64
          2 ~ run -n 0                         ~ -n 0: at least 1 is needed
          2 ~ run -n 600                       ~ has 14 tokens and -n asks for 600 more, but shakespeare holds 512 positions: at most -n 499 fits
          2 ~ run -r 0                         ~ -r 0: at least 1 is needed
          2 ~ run -p nosuch.jsonl              ~ prompt file nosuch.jsonl does not exist
          2 ~ run --match close                ~ 'close' is neither identical nor near-tie
          2 ~ run --resume                     ~ --resume needs -o
          2 ~ run --plugins nosuch.jar         ~ --plugins nosuch.jar: no such jar
          2 ~ run --timeout 0                  ~ --timeout 0.0 is not a number of seconds above 0
          1 ~ run -m nosuch                    ~ 'nosuch' is neither a directory nor in the Hugging Face cache
          1 ~ run -o /proc/none                ~ the output directory /proc/none cannot be written
          2 ~ runn                             ~ there is no command 'runn' (did you mean 'run'?)
          2 ~ verify                           ~ a required option is missing: '--backend
          1 ~ verify -b naive --golden nosuch  ~ nosuch: does not exist
          2 ~ verify -b naive --only nosuch    ~ --only nosuch: there is no such prompt
          2 ~ verify -b naive --random 1 -n 513 ~ from 1 to 512 fit, since shakespeare holds 512 positions
          2 ~ generate --temperature -1 text   ~ --temperature -1.0 is not 0 or above
          2 ~ generate --top-p 0 text          ~ --top-p 0.0 is not above 0 and at most 1
          5 ~ run -b naive --reference faulty-unavailable ~ the reference faulty-unavailable is unavailable: libplanted.so.1 was not found; install nothing
          5 ~ generate -b faulty-unavailable x ~ libplanted.so.1 was not found
          1 ~ generate --timeout 0.001 x       ~ did not answer within 0.001 s
          1 ~ generate -b faulty-throw x       ~ planted failure with a second line
          """)
  void whatIsWrongIsSaidInOneLine(int exitCode, String arguments, String message) throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            CommandLineProcess.command(arguments.split(" +")).directory(directory.toFile()));
    assertEquals(exitCode, result.exitCode(), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertFalse(result.err().contains("\tat "), result.err());
    assertTrue(result.err().startsWith("lockstep: "), result.err());
  }

  @Test
  void anEmptyOutputDirectoryIsNotThisOne() throws Exception {
    CommandLineProcess.Result result = CommandLineProcess.run("run", "-b", "kvcache", "-o", "");
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(result.err().contains("the output directory is empty"), result.err());
  }

  @Test
  void badPromptFilesAreRefusedByLine() throws Exception {
    Path bad = directory.resolve("bad.jsonl");
    for (List<String> content :
        List.of(
            List.of("{\"text\":\"a\"}\n{\"txet\":\"b\"}\n", "line 2"),
            List.of("{\"text\":\"a\"}\n{\"text\":", "line 2 is not JSON"),
            List.of("{\"prompt_ids\":[1,99999]}", "token id 99999 is outside the vocabulary"),
            List.of(
                "{\"id\":\"x\",\"text\":\"a\"}\n{\"id\":\"x\",\"text\":\"b\"}", "is there twice"),
            List.of("{\"text\":\"\"}", "is empty"),
            List.of("\n\n", "holds no prompt"))) {
      Files.writeString(bad, content.getFirst());
      CommandLineProcess.Result result =
          CommandLineProcess.run("run", "-b", "kvcache", "-p", bad.toString());
      assertTrue(result.exitCode() == ExitCode.ERROR || result.exitCode() == ExitCode.USAGE);
      assertTrue(result.err().contains(content.getLast()), result.err());
      assertTrue(result.err().contains(bad.toString()), result.err());
    }
    Files.write(bad, new byte[] {'{', (byte) 0xC3, '('});
    CommandLineProcess.Result result =
        CommandLineProcess.run("run", "-b", "kvcache", "-p", bad.toString());
    assertEquals(ExitCode.ERROR, result.exitCode());
    assertTrue(result.err().contains("not valid UTF-8: byte 1"), result.err());
  }

  @Test
  void helpListsTheCommandsAndExitCodes() throws Exception {
    CommandLineProcess.Result result = CommandLineProcess.run("--help");
    assertEquals(ExitCode.OK, result.exitCode());
    for (String word : List.of("run", "verify", "generate", "backends", "models", "Exit codes")) {
      assertTrue(result.out().contains(word), word);
    }
    assertTrue(result.out().contains("LOCKSTEP_JAVA_HOME"), result.out());
  }

  @Test
  void theDoctorSaysWhatItLookedAt() throws Exception {
    CommandLineProcess.Result result = CommandLineProcess.run("doctor", "--seconds", "1");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.out().contains("other programs"), result.out());
    assertTrue(result.out().contains("would spoil a measurement here"), result.out());
    CommandLineProcess.Result wrong = CommandLineProcess.run("doctor", "--seconds", "0");
    assertEquals(ExitCode.USAGE, wrong.exitCode());
    assertTrue(wrong.err().contains("--seconds 0: 1 to 600"), wrong.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "compare",
        "export",
        "verify",
        "tck",
        "micro",
        "generate",
        "backends",
        "new-backend",
        "kernels",
        "kernel-resources",
        "models",
        "download",
        "doctor"
      })
  void everyHelpHasExamplesExitCodesAndTheEnvironment(String command) {
    String help =
        requireNonNull(Lockstep.commandLine().getSubcommands().get(command)).getUsageMessage();
    assertTrue(help.contains("Examples:\n  lockstep " + command), help);
    assertTrue(help.contains("Exit codes:") && help.contains("LOCKSTEP_CACHE"), help);
    assertEquals(help.indexOf("Environment:"), help.lastIndexOf("Environment:"), help);
    assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
  }

  @Test
  void kernelsArePrintedForAModelThatNeedNotBeHere() throws Exception {
    CommandLineProcess.Result cuda = CommandLineProcess.run("kernels", "-m", "gpt2");
    assertEquals(ExitCode.OK, cuda.exitCode());
    assertTrue(cuda.out().contains("CUDA C for a GPU"), cuda.out());
    assertTrue(cuda.out().contains("y [2304], one row"), cuda.out());
    CommandLineProcess.Result general =
        CommandLineProcess.run(
            "kernels", "--dialect", "opencl", "--no-specialise", "-m", "synthetic:gpt2-xl");
    assertEquals(ExitCode.OK, general.exitCode());
    assertTrue(general.out().contains("OpenCL C for a CPU"), general.out());
    assertTrue(general.out().contains("int n_embd, int n_head"), general.out());
    CommandLineProcess.Result wrong = CommandLineProcess.run("kernels", "--dialect", "metal");
    assertEquals(ExitCode.USAGE, wrong.exitCode());
    assertTrue(wrong.err().contains("neither cuda nor hip nor opencl"), wrong.err());
    CommandLineProcess.Result tooLarge =
        CommandLineProcess.run(
            "kernels",
            "-m",
            "synthetic:n_layer=1:n_head=1:n_embd=4096:n_positions=64:vocab_size=9");
    assertEquals(ExitCode.ERROR, tooLarge.exitCode());
    assertTrue(tooLarge.err().startsWith("lockstep: heads of 4096 channels"), tooLarge.err());
  }

  @Test
  void samplingIsRepeatableAndTheSameForIdenticalBackends() throws Exception {
    String[] common = {
      "-n", "12", "--temperature", "0.9", "--top-k", "40", "--seed", "7", "ROMEO:"
    };
    String kvcache = generate("kvcache", common);
    assertEquals(kvcache, generate("kvcache", common));
    assertEquals(kvcache, generate("naive", common));
    String[] otherSeed = {"-n", "12", "--temperature", "0.9", "--seed", "8", "ROMEO:"};
    assertFalse(kvcache.equals(generate("kvcache", otherSeed)));
  }

  private static String generate(String backend, String... more) throws Exception {
    String[] arguments = new String[more.length + 3];
    arguments[0] = "generate";
    arguments[1] = "-b";
    arguments[2] = backend;
    System.arraycopy(more, 0, arguments, 3, more.length);
    CommandLineProcess.Result result = CommandLineProcess.run(arguments);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.err().contains("TTFT"), result.err());
    return result.out();
  }
}
