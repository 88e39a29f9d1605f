package dev.lockstep.harness.measurement.results;

import dev.lockstep.api.file.DirectoryClaim;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a command writes. The directory is claimed: nobody else writes into it meanwhile, and what
/// another command has measured there is never replaced. Samples are appended and handed to the
/// system one by one; every other file is written under a temporary name and renamed, so that it is
/// there whole or not at all.
public final class OutputDirectory implements AutoCloseable {
  private static final String LOGS = "logs";

  private final Path directory;
  private final @Nullable DirectoryClaim claim;

  private OutputDirectory(Path directory, @Nullable DirectoryClaim claim) {
    this.directory = directory;
    this.claim = claim;
  }

  /// Takes a directory for new results, and makes it if need be.
  ///
  /// @param results the files that are going to be written: none may be there
  /// @param remedy what else the user can do if one is, or empty
  /// @throws UserError if it cannot be made or written, is in use, or holds such a file
  public static OutputDirectory create(Path directory, List<String> results, String remedy) {
    OutputDirectory output = open(directory);
    for (String name : results) {
      if (Files.exists(output.file(name))) {
        output.close();
        throw UserError.usage(
            "%s already holds %s of an earlier command, and results are never replaced; choose another directory with -o%s"
                .formatted(directory, name, remedy.isEmpty() ? "" : ", or " + remedy));
      }
    }
    return output;
  }

  /// Takes a directory that is nobody else's: `directory`, or if that is there, `directory-2`,
  /// `directory-3` and so on.
  ///
  /// @throws UserError if it cannot be made or written
  public static OutputDirectory createNumbered(Path directory) {
    try {
      return claimed(LocalFiles.createNumberedDirectory(directory), true);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /// Takes a directory to go on with what it holds.
  ///
  /// @throws UserError if it cannot be written or is in use
  public static OutputDirectory open(Path directory) {
    if (directory.toString().isEmpty()) {
      throw UserError.usage("the output directory is empty; name one with -o, . for this one");
    }
    try {
      return claimed(directory, makeUnlessThere(directory));
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /// Whether this call made it, and so nobody else can have it.
  private static boolean makeUnlessThere(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      LocalFiles.createDirectories(parent);
    }
    try {
      LocalFiles.createDirectory(directory);
      return true;
    } catch (FileAlreadyExistsException e) {
      LocalFiles.createDirectories(directory); // fails if it is a file
      return false;
    }
  }

  /// A file system without locks will do for a directory that was made just now, since making it
  /// took it.
  private static OutputDirectory claimed(Path directory, boolean isNew) throws IOException {
    DirectoryClaim claim = null;
    try {
      claim = DirectoryClaim.of(directory);
    } catch (DirectoryClaim.UnsupportedException e) {
      if (!isNew) {
        throw e;
      }
    }
    try {
      LocalFiles.createDirectories(directory.resolve(LOGS));
    } catch (IOException e) {
      if (claim != null) {
        claim.close();
      }
      throw e;
    }
    return new OutputDirectory(directory, claim);
  }

  private static UserError unusable(Path directory, IOException e) {
    return switch (e) {
      case DirectoryClaim.TakenException taken ->
          UserError.error(
              "the output directory %s is in use: %s; wait for it, or choose another with -o"
                  .formatted(directory, taken.getMessage()),
              e);
      case FileAlreadyExistsException exists ->
          UserError.error(
              "the output directory %s cannot be made: %s is not a directory; choose another with -o"
                  .formatted(directory, exists.getFile()));
      default ->
          UserError.error(
              "the output directory %s cannot be written (%s); choose another with -o"
                  .formatted(directory, FileProblem.describe(e, directory)),
              e);
    };
  }

  public Path path() {
    return directory;
  }

  public Path file(String name) {
    return directory.resolve(name);
  }

  /// Where a worker's standard output and error go.
  public Path log(String name) {
    return directory.resolve(LOGS).resolve(name + ".log");
  }

  /// Writes a file whole, or leaves what was there.
  public void write(String name, String content) {
    Path target = file(name);
    try {
      // getBytes turns half a character into a question mark: a backend's message may hold one.
      LocalFiles.replace(target, content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  /// Writes a file of rows whole.
  public <R> void write(Table<R> table, List<R> rows) {
    write(table.fileName(), table.text(rows));
  }

  /// Writes a CSV file whole.
  public void writeCsv(String name, List<String> header, List<List<String>> rows) {
    write(name, Table.text(header, rows));
  }

  /// Copies a file into the directory, if it is there.
  public void copyIfPresent(Path from, Path to) {
    try {
      if (Files.exists(from)) {
        LocalFiles.copy(from, to);
      }
    } catch (IOException e) {
      throw failed(to, e);
    }
  }

  /// The error for a file that could not be written.
  static UserError failed(Path file, IOException e) {
    return UserError.error(
        "%s cannot be written: %s; what was written before is kept: %s, then repeat the command (run: with --resume)"
            .formatted(
                file,
                FileProblem.describe(e),
                Files.isDirectory(file)
                    ? "move that directory away"
                    : "make room, or make it writable"),
        e);
  }

  /// Opens a file to append rows to, holding `rows` to begin with.
  public <R> AppendingCsv<R> append(Table<R> table, List<R> rows) {
    write(table, rows);
    return new AppendingCsv<>(file(table.fileName()), table);
  }

  /// Gives the directory free.
  @Override
  public void close() {
    if (claim != null) {
      claim.close();
    }
  }
}
