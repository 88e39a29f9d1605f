package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.tck.Requirement;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How commands end when something ends them, or what they say goes nowhere.
@Execution(ExecutionMode.CONCURRENT) // they wait for processes of their own
@Tag("processes")
class EndingsTest {
  private static final File FULL = new File("/dev/full");
  private static final int PATIENCE_SECONDS = 240;

  @TempDir private Path directory;

  private Path output() {
    return directory.resolve("out");
  }

  private Path samplesFile() {
    return output().resolve(SamplesCsv.TABLE.fileName());
  }

  private List<Sample> samples() {
    return SamplesCsv.read(samplesFile());
  }

  private String[] run(String backend, int forks, String... more) {
    List<String> words = new ArrayList<>(List.of("run", "-b", backend, "-n", "4", "-w", "0"));
    words.addAll(List.of("-r", "4", "--forks", "" + forks, "-o", output().toString()));
    words.addAll(List.of(more));
    words.add("The");
    return words.toArray(String[]::new);
  }

  /// A shell without job control lets what it starts in the background ignore Ctrl-C, and so do all
  /// that this starts, the tests included.
  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.exists(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> (Long.parseUnsignedLong(line.split("\\s+")[1], 16) & 2) != 0);
  }

  private Process start(String... arguments) throws IOException {
    ProcessBuilder builder = CommandLineProcess.command(arguments);
    if (ignoresInterrupts()) {
      builder.command().addAll(0, List.of("env", "--default-signal=INT"));
    }
    return builder
        .redirectOutput(directory.resolve("stdout").toFile())
        .redirectError(directory.resolve("stderr").toFile())
        .start();
  }

  private String err() throws IOException {
    return Files.readString(directory.resolve("stderr"));
  }

  private void awaitSamples(Process run, int least) throws Exception {
    while (run.isAlive() && (!Files.exists(samplesFile()) || samples().size() < least)) {
      Thread.sleep(20);
    }
    assertTrue(run.isAlive(), err());
  }

  private static int exit(Process process) throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    return process.exitValue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernels",
        "--help",
        "run --help",
        "help verify",
        "--version",
        "models",
        "generate -n 2 x"
      })
  void outputThatCannotBeWrittenIsAnError(String arguments) throws Exception {
    Requirement.require("dev-full", FULL.exists() ? null : "there is no /dev/full");
    Process process =
        CommandLineProcess.command(arguments.split(" "))
            .redirectOutput(FULL)
            .redirectError(directory.resolve("stderr").toFile())
            .start();
    assertEquals(ExitCode.ERROR, exit(process));
    String last = err().lines().toList().getLast();
    assertEquals("lockstep: standard output cannot be written: the disk is full", last);
  }

  @Test
  void aReaderThatHasSeenEnoughIsNoError() throws Exception {
    Process process =
        CommandLineProcess.command("kernels")
            .redirectError(directory.resolve("stderr").toFile())
            .start();
    process.getInputStream().read();
    process.getInputStream().close();
    assertEquals(ExitCode.OK, exit(process));
    assertEquals("", err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.8"})
  void logitsThatAreNotFiniteEndGenerate(String temperature) throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "generate", "-b", "faulty-nan", "-n", "8", "--temperature", temperature, "The");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    String last = result.err().lines().toList().getLast();
    assertTrue(last.startsWith("lockstep: faulty-nan: the logits for new token "), last);
    assertTrue(last.contains("not finite") && last.contains("damaged"), last);
    assertFalse(last.contains("Exception"), last);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void anInterruptedRunShowsWhatItHasAndHowToGoOn(String signal) throws Exception {
    Process run = start(run("faulty-slow", 2));
    awaitSamples(run, 2);
    List<ProcessHandle> workers = run.descendants().toList();
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + run.pid()).start().waitFor());
    assertTrue(exit(run) > 128);
    for (ProcessHandle worker : workers) {
      worker.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    List<Sample> kept = samples();
    assertTrue(kept.stream().allMatch(Sample::isFinished), kept.toString());
    String table = Files.readString(directory.resolve("stdout"));
    assertTrue(table.contains("faulty-slow  cpu"), table);
    assertTrue(
        err().contains(String.format(Locale.ROOT, "interrupted: %d of 8 samples", kept.size())),
        err());
    Path page = output().resolve("report.html");
    assertTrue(err().contains("report: " + page), err());
    assertTrue(Files.readString(page).contains("Warning: this run was interrupted"));
    String go = err().lines().filter(line -> line.startsWith("to go on: ")).findFirst().orElse("");
    assertTrue(go.contains("lockstep' run --resume -b faulty-slow"), go);
    assertTrue(go.endsWith("-o " + output() + " The"), go);
    CommandLineProcess.Result resumed = CommandLineProcess.run(run("faulty-slow", 2, "--resume"));
    assertEquals(ExitCode.OK, resumed.exitCode(), resumed.err());
    assertEquals(8, samples().size());
  }

  @Test
  void aKilledWorkerIsStartedAgainForTheNextForkAndItsRowCountsItsSamples() throws Exception {
    Process run = start(run("faulty-slow", 2));
    awaitSamples(run, 1);
    run.descendants().forEach(ProcessHandle::destroyForcibly);
    assertEquals(ExitCode.ERROR, exit(run), err());
    List<Sample> rows = samples();
    assertEquals(8, rows.size());
    assertTrue(
        rows.stream()
            .filter(row -> row.key().fork() == 2)
            .allMatch(row -> row.status() == Status.OK));
    long measured = rows.stream().filter(Sample::isTimed).count();
    assertTrue(measured >= 5 && measured < 8, "measured " + measured);
    String table = Files.readString(directory.resolve("stdout"));
    assertTrue(
        table.contains(String.format(Locale.ROOT, "IDENTICAL, crashed, %d of 8 samples", measured)),
        table);
    assertTrue(
        err().contains(String.format(Locale.ROOT, "; %d of 8 samples were measured", measured)),
        err());
  }

  /// One writes, the other is told so: never both into one directory.
  @Test
  void twoRunsIntoOneDirectoryAreNotMixed() throws Exception {
    Process first = start(run("faulty-slow", 2));
    awaitSamples(first, 1);
    for (String more : List.of("-r=4", "--resume")) {
      List<String> words = new ArrayList<>(List.of(run("faulty-slow", 2)));
      if (more.equals("--resume")) {
        words.add(1, more);
      }
      CommandLineProcess.Result second = CommandLineProcess.run(words.toArray(String[]::new));
      assertEquals(ExitCode.ERROR, second.exitCode(), second.err());
      assertTrue(
          second
              .err()
              .contains(String.format(Locale.ROOT, "is in use: process %d since", first.pid())),
          second.err());
    }
    assertEquals(ExitCode.OK, exit(first), err());
    assertEquals(8, samples().size());
  }

  @Test
  void twoRunsOfOneSecondHaveTwoDirectories() throws Exception {
    List<Process> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ProcessBuilder builder =
          CommandLineProcess.command(
              "run", "-b", "kvcache", "-n", "2", "-w", "0", "-r", "1", "The");
      both.add(
          builder
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("run-" + i).toFile())
              .start());
    }
    for (Process process : both) {
      assertEquals(ExitCode.OK, exit(process));
    }
    try (var runs = Files.list(directory.resolve("runs"))) {
      List<Path> made = runs.toList();
      assertEquals(2, made.size(), made.toString());
      for (Path path : made) {
        assertEquals(1, SamplesCsv.read(path.resolve(SamplesCsv.TABLE.fileName())).size());
      }
    }
  }
}
