package dev.lockstep.harness.measurement.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is in a directory is not believed before it was checked; what is wrong is said in a line.
class RecordedRunTest {
  @TempDir Path directory;

  private Path environment;
  private Path samples;

  @BeforeEach
  void write() {
    new MadeUpRun().backend("naive", 50).backend("simd:threads=2", 5).write(directory);
    environment = directory.resolve(EnvironmentJson.FILE_NAME);
    samples = directory.resolve(SamplesCsv.TABLE.fileName());
  }

  private static void edit(Path file, String old, String now) throws IOException {
    String text = Files.readString(file);
    assertTrue(text.contains(old), text);
    Files.writeString(file, text.replaceFirst(old, now));
  }

  private static void assertRefused(int exitCode, Path directory, String... words) {
    UserError error = assertThrows(UserError.class, () -> RecordedRun.read(directory));
    String message = String.valueOf(error.getMessage());
    assertEquals(exitCode, error.exitCode(), message);
    assertEquals(1, message.lines().count(), message);
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void whatWasWrittenIsRead() {
    RecordedRun run = RecordedRun.read(directory);
    assertEquals(2 * 6 * 4, run.samples().size());
    assertEquals("0123abc", run.revision());
    assertTrue(run.backends().containsKey("simd:threads=2"));
    assertTrue(run.notes().isEmpty(), run.notes().toString());
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    assertRefused(ExitCode.USAGE, directory.resolve("none"), "does not exist", "lockstep run");
    assertRefused(ExitCode.USAGE, samples, "is not a directory");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertRefused(ExitCode.USAGE, empty, "no results of lockstep run", "environment.json");
  }

  @Test
  void aRunThatMeasuredNothingIsRefused() throws IOException {
    Files.writeString(samples, String.join(",", SamplesCsv.TABLE.header()) + "\r\n");
    assertRefused(ExitCode.ERROR, directory, "holds no sample", "--resume -o " + directory);
    Files.delete(samples);
    assertRefused(ExitCode.ERROR, directory, "no samples.csv", "--resume -o " + directory);
  }

  @Test
  void aDamagedEnvironmentIsRefused() throws IOException {
    String whole = Files.readString(environment);
    Files.writeString(environment, whole.substring(0, whole.length() / 2));
    assertRefused(ExitCode.ERROR, directory, "environment.json is damaged");
    Files.writeString(environment, "");
    assertRefused(ExitCode.ERROR, directory, "environment.json");
    Files.writeString(environment, "[]");
    assertRefused(ExitCode.ERROR, directory, "has the format ''", "lockstep-environment/1");
    Files.writeString(environment, whole.replace("environment/1", "environment/9"));
    assertRefused(ExitCode.ERROR, directory, "lockstep-environment/9");
    Files.writeString(environment, whole.replace("\"sha256\"", "\"sha\""));
    assertRefused(ExitCode.ERROR, directory, "it has no model.sha256");
    Files.writeString(environment, whole.replace("\"naive\", \"simd:threads=2\"", "\"naive\""));
    assertRefused(ExitCode.ERROR, directory, "differ in length");
  }

  @Test
  void damagedSamplesAreRefused() throws IOException {
    String whole = Files.readString(samples);
    edit(samples, "ttft_ms", "ttft");
    assertRefused(ExitCode.ERROR, directory, "samples.csv has no column ttft_ms");
    Files.writeString(samples, whole);
    edit(samples, "IDENTICAL", "SIMILAR");
    assertRefused(ExitCode.ERROR, directory, "column match");
    Files.writeString(samples, whole.replace("\r\n1,2,naive", "\r\n1,1,naive"));
    assertRefused(ExitCode.ERROR, directory, "fork 1, round 1, naive", "there twice");
    Files.writeString(samples, whole.replace("naive", "other"));
    assertRefused(ExitCode.ERROR, directory, "no such backend");
    Files.writeString(samples, whole.replace(",p,", ",q,"));
    assertRefused(ExitCode.ERROR, directory, "no such prompt");
    Files.writeString(samples, "\uFEFF" + whole);
    assertRefused(ExitCode.ERROR, directory, "byte order mark");
  }

  @Test
  void impossibleTimesAreRefused() throws IOException {
    Sample first = RecordedRun.read(directory).samples().getFirst();
    String cell = SamplesCsv.TABLE.cells(first).get(SamplesCsv.TABLE.header().indexOf("ttft_ms"));
    edit(samples, "," + cell + ",", ",-" + cell + ",");
    assertRefused(ExitCode.ERROR, directory, "its times are impossible");
  }

  @Test
  void aRowThatAKillCutOffIsPassedOverAndSaid() throws IOException {
    String whole = Files.readString(samples);
    Files.writeString(samples, whole.substring(0, whole.length() - 40));
    RecordedRun run = RecordedRun.read(directory);
    assertEquals(47, run.samples().size());
    assertTrue(run.notes().getFirst().contains("47 of the 48 samples"), run.notes().toString());
  }

  /// The runs that were published before `samples.csv` had all of its columns.
  @Test
  void olderFilesAreRead() {
    Path published = Path.of("..", "..", "results", "simd", "staircase");
    RecordedRun run = RecordedRun.read(published);
    assertEquals("ef525f3", run.revision());
    Sample first = run.samples().getFirst();
    assertNotNull(first.timing());
    assertNotNull(first.limits());
  }
}
