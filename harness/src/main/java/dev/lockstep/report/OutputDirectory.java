package dev.lockstep.report;

import dev.lockstep.error.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVPrinter;

/// Where a run writes. Samples are appended and handed to the system one by one; every other file
/// is written under a temporary name and renamed, so that it is there whole or not at all.
public final class OutputDirectory {
  private static final String LOGS = "logs";

  private final Path directory;

  private OutputDirectory(Path directory) {
    this.directory = directory;
  }

  /// Makes the directory if need be.
  ///
  /// @throws UserError if it cannot be made or written
  public static OutputDirectory create(Path directory) {
    if (directory.toString().isEmpty()) {
      throw UserError.usage("the output directory is empty; name one with -o, . for this one");
    }
    try {
      Files.createDirectories(directory.resolve(LOGS));
      Path probe = Files.createTempFile(directory, ".lockstep", ".tmp");
      Files.delete(probe);
      return new OutputDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      throw UserError.error(
          "the output directory %s cannot be made: %s is not a directory; choose another with -o"
              .formatted(directory, e.getFile()));
    } catch (IOException e) {
      throw UserError.error(
          "the output directory %s cannot be written (%s); choose another with -o"
              .formatted(directory, e),
          e);
    }
  }

  public Path path() {
    return directory;
  }

  public Path file(String name) {
    return directory.resolve(name);
  }

  /// Where a worker's standard output and error go.
  public Path log(String label) {
    return directory.resolve(LOGS).resolve(label.replaceAll("[^A-Za-z0-9._=-]", "_") + ".log");
  }

  /// Writes a file whole, or leaves what was there.
  public void write(String name, String content) {
    Path target = file(name);
    Path temporary = file("." + name + ".tmp");
    try {
      // Not writeString, which fails on half a character: a backend's message may hold one.
      Files.write(temporary, content.getBytes(StandardCharsets.UTF_8));
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      discard(temporary);
      throw failed(target, e);
    }
  }

  /// On a full disk, half a file takes room that the user needs.
  private static void discard(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The error that is about to be shown says more.
    }
  }

  /// Writes a CSV file whole.
  public void writeCsv(String name, List<String> header, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, SamplesCsv.FORMAT)) {
      printer.printRecord(header);
      for (List<String> row : rows) {
        printer.printRecord(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(name, text.toString());
  }

  /// The error for a file that could not be written.
  static UserError failed(Path file, IOException e) {
    return UserError.error(
        "%s cannot be written: %s; what was written before is kept: %s, then repeat the command (run: with --resume)"
            .formatted(
                file,
                e.getMessage(),
                Files.isDirectory(file) ? "move that directory away" : "make room"),
        e);
  }

  /// Opens a CSV file to append rows to, holding `rows` to begin with.
  public AppendingCsv appendingCsv(String name, List<String> header, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>(rows);
    writeCsv(name, header, all);
    return new AppendingCsv(file(name));
  }
}
