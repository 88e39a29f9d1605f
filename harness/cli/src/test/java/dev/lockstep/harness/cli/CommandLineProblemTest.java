package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Mistakes of a new user, and what is said about them: what was wrong and what to do, in one line.
class CommandLineProblemTest {

  private static String refusal(String... arguments) {
    StringWriter err = new StringWriter();
    int exitCode = Lockstep.run(new PrintWriter(err, true), arguments);
    assertEquals(ExitCode.USAGE, exitCode, err.toString());
    String message = err.toString();
    assertTrue(message.startsWith("lockstep: "), message);
    assertTrue(message.lines().count() <= 2, message);
    assertFalse(message.contains("Exception"), message);
    return message;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          rnu                        ~ there is no command 'rnu' (did you mean 'run'?); commands are run, compare
          RUN                        ~ there is no command 'RUN' (did you mean 'run'?)
          bench                      ~ there is no command 'bench'; commands are run, compare
          run --bakend naive         ~ run has no option '--bakend' (did you mean '--backend'?)
          run --rounds=x             ~ 'x' is not a whole number up to 2147483647
          run -n 99999999999         ~ '99999999999' is not a whole number up to 2147483647
          run --seed 1.5             ~ '1.5' is not a whole number
          run --timeout soon         ~ 'soon' is not a number
          run -n                     ~ --new-tokens
          run -b KVCACHE             ~ there is no backend 'KVCACHE' (did you mean 'kvcache'?)
          run -b smid                ~ there is no backend 'smid' (did you mean 'simd'?)
          run -b naive:PRECISION=f32 ~ has no option 'PRECISION' (did you mean 'precision'?)
          run -b naive:precision=F32 ~ 'F32' is not one of f32|f64 (did you mean 'f32'?)
          run -b naive kvcache       ~ 'kvcache' is the name of a backend, not a prompt: name backends as -b naive,kvcache
          run gpt2                   ~ 'gpt2' is the name of a model, not a prompt: name a model with -m
          run --match Near-Tie       ~ 'Near-Tie' is neither identical nor near-tie
          generate one two           ~ 'two' is one argument too many; put a text of several words in quotes
          generate --temp 1 text     ~ generate has no option '--temp' (did you mean '--temperature'?)
          generate                   ~ something is missing at the end: 'TEXT'
          verify -b naive hello      ~ verify takes no argument 'hello'; prompts are given with -p
          verify                     ~ a required option is missing: '--backend
          verify -b                  ~ --backend
          micro -b naive --warmup 1  ~ micro has no option '--warmup' (did you mean '--warmups'?)
          micro -b naive --prefill x ~ 'x' is not a whole number
          kernels --dialect metal    ~ 'metal' is neither cuda nor hip nor opencl
          models all                 ~ models takes no argument 'all'
          """)
  void whatIsWrongIsSaidWithWhatWasMeant(String arguments, String message) {
    String said = refusal(arguments.split(" +"));
    assertTrue(said.contains(message), said);
  }

  @Test
  void aTextThatBeginsWithADashIsToldFromAnOption() {
    for (String text : List.of("-5 + 3 =", "- item", "--- a/file", "-–dash")) {
      String said = refusal("generate", text);
      assertTrue(said.contains("write it behind --: lockstep generate -- "), said);
      said = refusal("run", text);
      assertTrue(said.contains("write it behind --: lockstep run -- "), said);
      said = refusal("verify", "-b", "naive", text);
      assertTrue(said.contains("write it as --text="), said);
    }
    assertTrue(refusal("generate", "-5 + 3 =").contains("lockstep generate -- '-5 + 3 ='"));
    assertTrue(refusal("run", "-p", "-n is").contains("lockstep run -- '-n is'"));
  }

  @Test
  void noTextLosesItsBeginningToAShortOption() {
    String said = refusal("run", "-point the way");
    assertTrue(said.contains("write -p 'oint the way' for the option"), said);
    assertTrue(said.contains("if it is a text, write it behind --: lockstep run -- "), said);
    assertTrue(refusal("run", "-oh no").contains("looks like the option -o"));
    assertTrue(refusal("generate", "-hello").contains("looks like the option -h"));
    assertTrue(refusal("verify", "-b", "naive", "-prompt").contains("--text=-prompt"));
  }

  @Test
  void numbersMayBeAttachedToShortOptions() {
    assertTrue(refusal("run", "-n0", "-b", "naive").contains("-n 0: at least 1 is needed"));
    assertTrue(refusal("run", "-r=0").contains("-r 0: at least 1 is needed"));
  }

  @Test
  void howOftenIsANumberOrAuto() {
    assertTrue(refusal("run", "-w=-1").contains("-w -1: at least 0 is needed"));
    assertTrue(refusal("run", "-w=x").contains("-w 'x' is neither auto nor a whole number"));
    assertTrue(refusal("run", "--forks=0").contains("--forks 0: at least 1 is needed"));
    assertTrue(refusal("run", "--forks=x").contains("--forks 'x' is neither auto nor a whole"));
    assertTrue(refusal("run", "--effect=5%").contains("--effect is for --forks auto"));
    assertTrue(refusal("run", "--forks=auto", "--effect=1%").contains("2.00 % and less"));
    assertTrue(refusal("run", "--forks=auto", "--effect=x").contains("is not a percentage"));
    assertTrue(refusal("run", "--forks=auto", "--time=soon").contains("is not a time such as 90s"));
  }
}
