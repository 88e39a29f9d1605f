package dev.lockstep.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The links that a snapshot of the hub's cache consists of, and the two ways in which they go
/// wrong: they lead nowhere, after the cache was moved, copied without its `blobs/` or filled under
/// a relative path; or they have become small files that hold the path, after a copy by something
/// that knows no links.
final class SnapshotLinks {
  private static final Pattern READ = Pattern.compile(".*\\.(?:safetensors|json|txt)");
  private static final Pattern LINK =
      Pattern.compile("[^\\r\\n]*\\bblobs[/\\\\][0-9A-Za-z-]{20,}\\s*");
  private static final int LONGEST_LINK_BYTES = 4096;

  private SnapshotLinks() {}

  /// @param remedy the end of the message
  /// @throws ModelException if a file that would be read is not there behind its name
  static void requireWhole(Path directory, String remedy) {
    for (Path file : files(directory)) {
      if (Files.isSymbolicLink(file) && !Files.exists(file)) {
        throw new ModelException(
            "%s: is a broken link to %s; %s".formatted(file, targetOf(file), remedy));
      }
      String text = shortText(file);
      if (LINK.matcher(text).matches()) {
        throw new ModelException(
            "%s: holds the text of a link, '%s', and not the file: it was copied by something that knows no links; %s"
                .formatted(file, text.strip(), remedy));
      }
    }
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(file -> READ.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // the reader of the file says what is wrong
    }
  }

  private static String targetOf(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "an unknown place";
    }
  }

  private static String shortText(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) <= LONGEST_LINK_BYTES
          ? Files.readString(file, StandardCharsets.ISO_8859_1)
          : "";
    } catch (IOException e) {
      return "";
    }
  }
}
