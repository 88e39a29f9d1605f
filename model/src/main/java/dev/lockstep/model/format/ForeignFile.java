package dev.lockstep.model.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Names what a file is where it is not what its name says: what an interrupted checkout, a
/// download from the wrong address or another format leaves in the place of a model's file.
final class ForeignFile {
  private static final int START_BYTES = 256;
  private static final int SHOWN_CHARACTERS = 60;
  private static final String PICKLE =
      "a pickle, which can run code and is never read; convert it to safetensors";

  private ForeignFile() {}

  /// Refuses what no text, JSON or safetensors file can begin with. Costs one read of a few bytes;
  /// a file that cannot be read is left to its reader.
  ///
  /// @throws FormatException if the file is something else that is known; says what, and what to do
  static void refuse(Path file) {
    String found = describe(start(file));
    if (found != null) {
      throw new FormatException(file, "is " + found);
    }
  }

  /// As [#refuse], and also refuses any text, which may be what a server answered instead.
  static void refuseWithText(Path file) {
    refuse(file);
    String text = new String(start(file), StandardCharsets.UTF_8).replaceFirst("\uFFFD$", "");
    boolean printable = text.chars().allMatch(c -> c != 0xFFFD && (c >= ' ' || isSpace(c)));
    if (!text.isBlank() && printable) {
      String line = text.strip().lines().findFirst().orElse("");
      throw new FormatException(
          file,
          "is a text, not safetensors; it begins '%s'"
              .formatted(line.substring(0, Math.min(line.length(), SHOWN_CHARACTERS))));
    }
  }

  private static boolean isSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r';
  }

  private static byte[] start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(START_BYTES);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static @Nullable String describe(byte[] start) {
    if (begins(start, 'G', 'G', 'U', 'F')) {
      return "GGUF, llama.cpp's format, which is not read; the model is needed as safetensors";
    }
    if (begins(start, 'P', 'K', 3, 4)) {
      return "a ZIP archive, as torch.save writes it: " + PICKLE;
    }
    if (start.length > 1 && begins(start, 0x80) && start[1] >= 2 && start[1] <= 5) {
      return PICKLE;
    }
    if (begins(start, 0x89, 'H', 'D', 'F')) {
      return "HDF5, as Keras and TensorFlow write it, which is not read; convert it to safetensors";
    }
    if (begins(start, 0x1F, 0x8B)) {
      return "compressed with gzip; unpack it";
    }
    if (begins(start, 0xFF, 0xFE) || begins(start, 0xFE, 0xFF)) {
      return "UTF-16; save it as UTF-8";
    }
    return describe(new String(start, StandardCharsets.ISO_8859_1));
  }

  private static @Nullable String describe(String start) {
    String text = start.replaceFirst("^\u00EF\u00BB\u00BF", "").stripLeading();
    String lower = text.toLowerCase(Locale.ROOT);
    if (text.startsWith("version https://git-lfs.github.com/spec/")) {
      return "a Git LFS pointer, not the file itself; fetch it with: git lfs pull";
    }
    if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
      return "an HTML page, not the file itself; download that (on the hub an address with /resolve/ gives it, one with /blob/ a page about it)";
    }
    if (lower.startsWith("<?xml")) {
      return "XML, such as a server's error message, not the file itself; download that again";
    }
    if (text.matches("(?s)(\\.\\./){2}blobs/[0-9a-f]{40,64}\\s*")) {
      return "the target of a link, not the file itself; copy the Hugging Face cache with its links";
    }
    return null;
  }

  private static boolean begins(byte[] start, int... magic) {
    byte[] bytes = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      bytes[i] = (byte) magic[i];
    }
    return start.length >= bytes.length
        && Arrays.equals(start, 0, bytes.length, bytes, 0, bytes.length);
  }
}
