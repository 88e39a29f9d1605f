package dev.lockstep.model;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.model.format.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/// SHA-256 of files.
final class Sha256 {
  private static final String SIDE_FILE_SUFFIX = ".sha256";

  private Sha256() {}

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /// Lowercase hex over the files' bytes, one file after the other.
  static String of(List<Path> files) {
    MessageDigest digest = newDigest();
    byte[] buffer = new byte[1 << 20];
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          digest.update(buffer, 0, count);
        }
      } catch (IOException e) {
        throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// As [#of], remembered beside the file together with its size and time of change, so that a
  /// large file that did not change is not read again.
  static String remembered(Path file) {
    Path sideFile = file.resolveSibling(file.getFileName() + SIDE_FILE_SUFFIX);
    String stamp = stamp(file);
    try {
      List<String> lines = Files.readAllLines(sideFile);
      if (lines.size() == 2 && lines.get(1).equals(stamp)) {
        return lines.get(0);
      }
    } catch (IOException | UncheckedIOException e) {
      // There is none that can be read: it is written below.
    }
    String sha256 = of(List.of(file));
    writeIfPossible(sideFile, sha256 + "\n" + stamp + "\n");
    return sha256;
  }

  private static String stamp(Path file) {
    try {
      return String.format(
          Locale.ROOT, "%d bytes, changed %s", Files.size(file), Files.getLastModifiedTime(file));
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
  }

  /// A cache that cannot be written only costs the time to hash again.
  private static void writeIfPossible(Path file, String text) {
    try {
      LocalFiles.replace(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // Nothing is left of it.
    }
  }
}
