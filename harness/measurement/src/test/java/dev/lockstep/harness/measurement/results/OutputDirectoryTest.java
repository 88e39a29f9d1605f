package dev.lockstep.harness.measurement.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputDirectoryTest {
  private static final int THREADS = 8;

  @TempDir private Path directory;

  @Test
  void halfACharacterInABackendsMessageCostsNoFile() throws IOException {
    try (OutputDirectory output = OutputDirectory.open(directory)) {
      output.writeCsv("a.csv", List.of("reason"), List.of(List.of("half of \uD83D")));
      assertEquals("reason\r\nhalf of ?\r\n", Files.readString(output.file("a.csv")));
    }
  }

  @Test
  void aDirectoryIsOneCommandsUntilItIsGivenFree() throws IOException {
    Path path = directory.resolve("out");
    try (OutputDirectory first = OutputDirectory.create(path, List.of("a.csv"), "")) {
      for (Path name : List.of(path, directory.resolve(".").resolve("out"), first.path())) {
        UserError error = assertThrows(UserError.class, () -> OutputDirectory.open(name));
        assertEquals(ExitCode.ERROR, error.exitCode());
        assertTrue(String.valueOf(error.getMessage()).contains("is in use"), error.getMessage());
      }
    }
    OutputDirectory.open(path).close();
    try (Stream<Path> left = Files.list(path)) {
      assertEquals(List.of(path.resolve("logs")), left.toList());
    }
  }

  @Test
  void ofManyThreadsOneGetsTheDirectory() throws Exception {
    Path path = directory.resolve("out");
    List<Future<Boolean>> results = new ArrayList<>();
    Callable<Boolean> claim =
        () -> {
          try {
            OutputDirectory.open(path);
            return true;
          } catch (UserError e) {
            return false;
          }
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        results.add(threads.submit(claim));
      }
    }
    int held = 0;
    for (Future<Boolean> result : results) {
      held += result.get() ? 1 : 0;
    }
    assertEquals(1, held);
  }

  @Test
  void defaultNamesAreUnique() throws Exception {
    Path path = directory.resolve("runs").resolve("stamp");
    List<Future<Path>> made = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        made.add(threads.submit(() -> OutputDirectory.createNumbered(path).path()));
      }
    }
    List<String> names = new ArrayList<>();
    for (Future<Path> each : made) {
      names.add(each.get().getFileName().toString());
    }
    assertEquals(THREADS, names.stream().distinct().count(), names.toString());
    assertTrue(names.containsAll(List.of("stamp", "stamp-2", "stamp-8")), names.toString());
  }

  @Test
  void resultsAreNeverReplaced() throws IOException {
    Files.writeString(directory.resolve("verification.csv"), "measured");
    UserError error =
        assertThrows(
            UserError.class,
            () -> OutputDirectory.create(directory, List.of("a", "verification.csv"), "--resume"));
    assertEquals(ExitCode.USAGE, error.exitCode());
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("already holds verification.csv"), message);
    assertTrue(message.contains("--resume"), message);
    assertEquals("measured", Files.readString(directory.resolve("verification.csv")));
    OutputDirectory.open(directory).close();
  }

  /// The file alone is no claim: its process may have been killed.
  @Test
  void whatAKilledProcessLeftBehindDoesNotBlock() throws IOException {
    Path left = Files.writeString(directory.resolve(".lockstep-claim"), "process 1 since 2020\n");
    try (OutputDirectory output = OutputDirectory.open(directory)) {
      assertTrue(Files.readString(output.file(".lockstep-claim")).contains("process "));
    }
    assertFalse(Files.exists(left));
  }

  @Test
  void aFileInPlaceOfTheDirectoryIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    for (Path path : List.of(file, file.resolve("below"))) {
      UserError error = assertThrows(UserError.class, () -> OutputDirectory.open(path));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.contains(file + " is not a directory"), message);
      assertFalse(message.contains("Exception"), message);
    }
  }
}
