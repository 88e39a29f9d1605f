package dev.lockstep.harness.measurement.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.tck.Requirement;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the user is told names no exception of Java's.
class FileProblemTest {
  private static final Path FULL = Path.of("/dev/full");
  private static final Table<String> COLUMN =
      new Table<>("full.csv", List.of(Column.text("text", text -> text)));

  @TempDir private Path directory;

  @Test
  void everyKindIsPutIntoWords() {
    for (IOException e :
        List.of(
            new NoSuchFileException("/x"),
            new AccessDeniedException("/x"),
            new FileSystemException("/x", null, "No space left on device"),
            new FileSystemException("/x"),
            new FileNotFoundException("/x (Permission denied)"),
            new IOException("No space left on device"),
            new IOException(),
            new IOException(new NoSuchFileException("/x")),
            new EOFException(),
            new MalformedInputException(3))) {
      String words = FileProblem.describe(e);
      assertFalse(words.isBlank() || words.contains("Exception") || words.contains("/x"), words);
    }
    assertEquals(
        "the disk is full",
        FileProblem.describe(new UncheckedIOException(new IOException("No space left on device"))));
    assertEquals(
        "permission is denied: /x",
        FileProblem.describe(new AccessDeniedException("/x"), Path.of("/x/y")));
    assertEquals(
        "permission is denied",
        FileProblem.describe(new AccessDeniedException("/x"), Path.of("/x")));
  }

  @Test
  void whatTheSystemReallySaysIsUnderstood() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertEquals(
        "there is no such file or directory",
        told(() -> Files.readString(directory.resolve("none"))));
    assertEquals(
        "a part of the path is not a directory",
        told(() -> Files.readString(file.resolve("below"))));
    assertEquals("it is a directory", told(() -> Files.readAllBytes(directory)));
    assertEquals("it is a directory", told(() -> new FileInputStream(directory.toFile()).close()));
    assertEquals(
        "the name is too long", told(() -> Files.createFile(directory.resolve("n".repeat(300)))));
    assertEquals("it exists already", told(() -> LocalFiles.createDirectory(file)));
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), directory.resolve("loop"));
    assertEquals("symbolic links lead in a circle", told(() -> Files.readString(loop)));
  }

  @Test
  void aFullDiskIsToldAsSuchAndHowToGoOn() {
    Requirement.require("dev-full", Files.exists(FULL) ? null : "there is no /dev/full");
    AppendingCsv<String> csv = new AppendingCsv<>(FULL, COLUMN);
    String message =
        String.valueOf(assertThrows(UserError.class, () -> csv.append(List.of("1"))).getMessage());
    assertTrue(message.contains("the disk is full"), message);
    assertTrue(message.contains("--resume"), message);
  }

  @FunctionalInterface
  private interface Act {
    void run() throws IOException;
  }

  private static String told(Act act) {
    return FileProblem.describe(assertThrows(IOException.class, act::run));
  }
}
