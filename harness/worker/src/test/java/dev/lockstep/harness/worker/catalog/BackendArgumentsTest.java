package dev.lockstep.harness.worker.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendArgumentsTest {
  private static final BackendCatalog CATALOG =
      BackendCatalog.of(List.of(new OptionedBackend("opt"), new OptionedBackend("other")));

  private static List<String> labels(String... arguments) {
    return BackendArguments.parse(CATALOG, List.of(arguments)).stream()
        .map(BackendVariant::label)
        .toList();
  }

  @Test
  void commasAndRepetitionsAreTheSame() {
    assertEquals(List.of("opt", "other"), labels("opt,other"));
    assertEquals(List.of("opt", "other"), labels("opt", "other"));
  }

  @Test
  void aBackendThatIsNamedTwiceCompetesWithItself() {
    assertEquals(List.of("opt", "opt#2", "other", "opt#3"), labels("opt,opt,other", "opt"));
    assertEquals(
        List.of("opt:threads=1", "opt:threads=2", "opt#2:threads=2"),
        labels("opt:threads=1..2,opt:threads=2"));
  }

  @Test
  void aRangeStandsForEachOfItsValues() {
    assertEquals(
        List.of("opt:threads=1", "opt:threads=2", "opt:threads=3"), labels("opt:threads=1..3"));
    assertEquals(
        List.of("opt:threads=1:mode=slow", "opt:threads=2:mode=slow"),
        labels("opt:mode=slow:threads=1..2"));
  }

  @Test
  void optionsAreLabelledInDeclarationOrder() {
    assertEquals(List.of("opt:threads=2:mode=fast"), labels("opt:mode=fast:threads=2"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          opts ~ there is no backend 'opts' (did you mean 'opt'?); backends are opt, other
          zzzzzz ~ there is no backend 'zzzzzz'; backends are opt, other
          opt:thread=1 ~ backend 'opt' has no option 'thread' (did you mean 'threads'?); it has threads, mode, fused
          opt:threads=9 ~ backend 'opt', option 'threads': 9 is outside 1..8
          opt:threads=x ~ backend 'opt', option 'threads': 'x' is not a whole number in 1..8
          opt:threads=3..2 ~ backend 'opt', option 'threads': the range 3..2 is empty or longer than 256
          opt:threads=1..9 ~ backend 'opt', option 'threads': 9 is outside 1..8
          opt:mode=fats ~ backend 'opt', option 'mode': 'fats' is not one of fast|slow (did you mean 'fast'?)
          opt:fused=yes ~ backend 'opt', option 'fused': 'yes' is not one of on|off
          opt:threads ~ -b 'opt:threads': 'threads' is not of the form option=value
          opt:mode=fast:mode=slow ~ -b 'opt:mode=fast:mode=slow' sets option 'mode' twice
          opt, ~ -b '' names no backend
          """)
  void whatIsWrongIsNamedAndWhatThereIsIsListed(String argument, String message) {
    UserError error = assertThrows(UserError.class, () -> labels(argument));
    assertEquals(message, error.getMessage());
    assertEquals(ExitCode.USAGE, error.exitCode());
  }
}
