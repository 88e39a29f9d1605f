package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.results.AppendingCsv;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `--resume` takes over is what this plan can have written.
class EarlierSamplesTest {
  private static final RunPlan PLAN =
      new RunPlan(
          List.of(new Prompt("p", null, new int[] {1, 2})),
          2,
          2,
          0,
          1,
          null,
          1,
          false,
          Duration.ofSeconds(1),
          Shard.WHOLE);

  @TempDir private Path directory;
  private Path file = Path.of("");

  private static Sample sample(int round, String variation) {
    return new Sample(
        new Sample.Key(1, round, "kvcache", "", "p"),
        new Sample.Work(0, 2, 2, variation),
        new Sample.Execution("cpu", 1, "", Sample.Execution.WORKER_CLOCK),
        Sample.Result.IDENTICAL,
        new Sample.Timing(5, 7, new double[] {2}),
        null,
        null,
        null);
  }

  @BeforeEach
  void write() {
    OutputDirectory output = OutputDirectory.open(directory);
    file = output.file(SamplesCsv.TABLE.fileName());
    try (AppendingCsv<Sample> csv = output.append(SamplesCsv.TABLE, List.of())) {
      csv.append(List.of(sample(1, "plain"), sample(2, "prefix-2")));
    }
  }

  private List<Sample> read() {
    return EarlierSamples.read(
        file, PLAN, List.of(new BackendVariant(new KvCacheBackend(), Map.of())));
  }

  @Test
  void rowsOfThePlanAreTakenOver() throws IOException {
    assertEquals(2, read().size());
    Files.delete(file);
    assertEquals(List.of(), read());
  }

  /// The first row is `1,1,kvcache,,cpu,1,,worker,p,plain,0,2,2,ok,IDENTICAL,,5,2,7,2,2,…,2,`.
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          1,1,kvcache,,      ~ 2,1,kvcache,,      ~ the plan has 1 forks
          1,1,kvcache,,      ~ 1,3,kvcache,,      ~ the plan has 2 rounds
          1,1,kvcache,,      ~ 1,1,ghost,,        ~ the plan has no such backend
          worker,p,plain,0,2, ~ worker,q,plain,0,2,  ~ the plan has no such prompt
          worker,p,plain,0,2, ~ worker,p,plain,1,2,  ~ its depth is 1
          worker,p,plain,0,2, ~ worker,p,plain,0,3,  ~ its prompt_tokens are 3
          worker,p,plain,0,2, ~ worker,p,prefix-9,0,2, ~ its variation is 'prefix-9'
          1,2,kvcache,,cpu,1,,worker,p,prefix-2 ~ 1,1,kvcache,,cpu,1,,worker,p,plain ~ it is there twice
          ok,IDENTICAL,,5,   ~ ok,DIVERGED,,5,    ~ disagree
          ok,IDENTICAL,,5,   ~ mismatch,DIVERGED,,5, ~ disagree
          ok,IDENTICAL,,5,   ~ ok,IDENTICAL,,NaN, ~ disagree
          ok,IDENTICAL,,5,   ~ ok,IDENTICAL,,-5,  ~ disagree
          plain,0,2,2,ok     ~ plain,0,2,9,ok      ~ disagree
          """)
  void aRowThatThePlanCannotHaveWrittenIsRefused(String old, String changed, String problem)
      throws IOException {
    String text = Files.readString(file);
    assertTrue(text.contains(old), text);
    Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(old), changed));
    UserError error = assertThrows(UserError.class, this::read);
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains(problem), message);
    assertTrue(message.contains(file.toString()), message);
  }

  @Test
  void tokensThatWereNotWrittenAreNotMadeUp() {
    Set<Sample.Key> finished = Set.of(sample(1, "plain").key());
    UserError error =
        assertThrows(
            UserError.class,
            () -> TokensCsv.tokensOf(directory.resolve(TokensCsv.TABLE.fileName()), finished));
    assertTrue(
        String.valueOf(error.getMessage()).contains("begun without --tokens"), error.getMessage());
  }

  @Test
  void anotherFileInPlaceOfTheTokensIsRefused() throws IOException {
    Path tokens =
        Files.writeString(directory.resolve(TokensCsv.TABLE.fileName()), "a,b\r\n1,2\r\n");
    UserError error = assertThrows(UserError.class, () -> TokensCsv.tokensOf(tokens, Set.of()));
    assertTrue(String.valueOf(error.getMessage()).contains("does not have the columns"));
  }
}
