package dev.lockstep.harness.measurement.results;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Samples;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesCsvTest {
  private final Locale locale = Locale.getDefault();

  @TempDir Path directory;

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(locale);
  }

  private Path write(Sample... samples) {
    OutputDirectory output = OutputDirectory.open(directory);
    try (AppendingCsv<Sample> csv = output.append(SamplesCsv.TABLE, List.of())) {
      csv.append(List.of(samples));
    }
    return output.file(SamplesCsv.TABLE.fileName());
  }

  @Test
  void theFileIsExactlyThisInEveryLocale() throws IOException {
    Locale.setDefault(Locale.GERMANY);
    Path file = write(Samples.timed("simd", 1, 2, 10.5, 2, 4), Samples.mismatch("broken", 2, 1));
    assertEquals(
        String.join(",", SamplesCsv.TABLE.header())
            + "\r\n"
            + "1,2,simd,threads=1,cpu,1,,worker,p,plain,0,3,3,ok,IDENTICAL,,10.5,3,16.5,3,4,285.714,333.333,"
            + "12.5,40.25,1,0,30,0.5,3,0.0625,40,1048576,524288,,0.25,,25.5,115,50,75,2 4,\r\n"
            + "2,1,broken,,cpu,1,,worker,p,prefix-2,0,3,4,mismatch,DIVERGED,2,,,,,,,,"
            + "12.5,,0,0,,,,,,,524288,77,,,,,,,,\"token 2: expected 5, got \"\"7\"\", and more\"\r\n",
        Files.readString(file));
  }

  /// Gaps as a real generation has them, neither rising nor falling.
  @Test
  void gapsStandInTheOrderOfTheTokensAsInTokensCsv() {
    SplittableRandom random = new SplittableRandom(18);
    for (int tokens : new int[] {1, 2, 3, 32, 129}) {
      long[] nanos = new long[tokens];
      for (int i = 0; i < tokens; i++) {
        nanos[i] = (i == 0 ? 0 : nanos[i - 1]) + random.nextLong(1_000_000, 50_000_000);
      }
      Sample.Timing timing = Sample.Timing.of(nanos);
      Sample sample = Samples.timed("simd", 1, 1, timing.ttftMillis(), timing.itlMillis());
      List<String> row = SamplesCsv.TABLE.cells(sample);
      String ofTokens =
          TokensCsv.tokens(sample.key(), 3, new int[tokens], nanos).stream()
              .map(token -> TokensCsv.TABLE.cells(token).getLast())
              .filter(gap -> !gap.isEmpty())
              .collect(Collectors.joining(" "));
      assertEquals(ofTokens, row.get(SamplesCsv.TABLE.header().indexOf("itl_ms")));
    }
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Sample timed = Samples.timed("simd", 1, 2, 10.5, 2, 4);
    Sample mismatch = Samples.mismatch("broken", 2, 1);
    List<Sample> read = SamplesCsv.read(write(timed, mismatch));
    assertEquals(2, read.size());
    assertEquals(timed.key(), read.getFirst().key());
    assertEquals(timed.limits(), read.getFirst().limits());
    assertEquals(timed.load(), read.getFirst().load());
    assertEquals(timed.resources(), read.getFirst().resources());
    Sample.Timing timing = read.getFirst().timing();
    assertNotNull(timing);
    assertArrayEquals(new double[] {2, 4}, timing.itlMillis());
    assertEquals(mismatch, read.getLast());
  }

  /// Nobody could say it there, so nobody is accused of not saying it.
  @Test
  void aFileOfAnEarlierVersionDoesNotTellWhatWorkIsSaved() throws IOException {
    Path file = write(Samples.timed("simd", 1, 1, 10.5, 2));
    assertEquals("", SamplesCsv.read(file).getFirst().lessWork());
    String earlier =
        Files.readString(file)
            .replace("threads,less_work,", "threads,")
            .replace(",1,,worker,p,", ",1,worker,p,");
    Files.writeString(file, earlier);
    assertEquals(
        "an earlier version did not ask", SamplesCsv.readAnyVersion(file).getFirst().lessWork());
  }

  @Test
  void aRowCutOffByAKillIsPassedOver() throws IOException {
    Path file = write(Samples.timed("simd", 1, 1, 10.5, 2), Samples.timed("simd", 1, 2, 9, 2));
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() - 60));
    assertEquals(1, SamplesCsv.read(file).size());
  }

  @Test
  void aRowCutOffInsideQuotesIsPassedOverToo() throws IOException {
    Path file = write(Samples.timed("simd", 1, 1, 10.5, 2), Samples.mismatch("broken", 2, 1));
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.indexOf("expected 5")));
    assertEquals(1, SamplesCsv.read(file).size());
  }

  @Test
  void anotherFileIsRefusedByName() throws IOException {
    Path file = directory.resolve(SamplesCsv.TABLE.fileName());
    Files.writeString(file, "a,b\r\n1,2\r\n");
    UserError error = assertThrows(UserError.class, () -> SamplesCsv.read(file));
    assertTrue(String.valueOf(error.getMessage()).contains(file.toString()), error.getMessage());
  }

  /// Editors and version control turn CRLF into LF.
  @Test
  void linesMayEndWithLineFeedsAlone() throws IOException {
    Path file = write(Samples.timed("simd", 1, 1, 10.5, 2), Samples.mismatch("broken", 2, 1));
    Files.writeString(file, Files.readString(file).replace("\r\n", "\n"));
    assertEquals(2, SamplesCsv.read(file).size());
  }

  @Test
  void whatASpreadsheetDidToTheFileIsSaid() throws IOException {
    Path file = write(Samples.timed("simd", 1, 1, 10.5, 2));
    String whole = Files.readString(file);
    assertRefused(file, "\uFEFF" + whole, "byte order mark");
    assertRefused(file, "\uFEFF" + whole, "Excel");
    assertRefused(file, whole.replace(',', ';'), "other separators");
    assertRefused(file, whole.replace(',', '\t'), "other separators");
    assertRefused(file, whole.replace("backend,", "Backend,"), "column 3 is Backend where backend");
    assertRefused(file, "", "column 1 is missing where fork is expected");
    Files.write(file, whole.getBytes(StandardCharsets.UTF_16));
    assertRefused(file, "not valid UTF-8");
  }

  private static void assertRefused(Path file, String content, String why) throws IOException {
    Files.writeString(file, content);
    assertRefused(file, why);
  }

  private static void assertRefused(Path file, String why) {
    UserError error = assertThrows(UserError.class, () -> SamplesCsv.read(file));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains(why) && message.contains(file.toString()), message);
  }

  @Test
  void aDirectoryInPlaceOfTheFileIsToldWithoutAnException() {
    assertRefused(directory, "it is a directory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a,b", "say \"hi\"", "two\nlines", "CR\r\nLF", ";\t|", "\"", ",", " lead", "🦙 é"})
  void anyPromptIdIsReadBack(String id) {
    Sample plain = Samples.timed("simd", 1, 1, 10.5, 2);
    Sample.Key key = new Sample.Key(1, 1, "simd", "threads=1", id);
    Sample sample =
        new Sample(
            key,
            plain.work(),
            new Sample.Execution(id, 1, "", Sample.Execution.WORKER_CLOCK),
            new Sample.Result(Status.OK, MatchClass.IDENTICAL, null, id),
            plain.timing(),
            null,
            null,
            null);
    Sample read = SamplesCsv.read(write(sample)).getFirst();
    assertEquals(key, read.key());
    assertEquals(id, read.reason());
  }
}
