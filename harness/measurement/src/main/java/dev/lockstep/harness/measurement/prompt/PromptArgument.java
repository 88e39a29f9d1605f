package dev.lockstep.harness.measurement.prompt;

import dev.lockstep.harness.worker.error.ShellWord;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What an argument stands for that may be a text or a file of prompts: nobody shall measure the
/// name of a file, or of a directory, as if it were a prompt, nor the lines of a file that happens
/// to be called like a text. Where it could be either, it is refused, and the message says how to
/// pass the text as it is.
final class PromptArgument {
  /// The endings of files that are read.
  static final String LINES = ".txt";

  static final String JSON_LINES = ".jsonl";

  /// Endings of data that is not read: a word that ends like this is meant as a file.
  private static final List<String> OTHER_DATA =
      List.of(
          ".json",
          ".ndjson",
          ".csv",
          ".tsv",
          ".parquet",
          ".yaml",
          ".yml",
          ".xml",
          ".html",
          ".md",
          ".pdf",
          ".docx",
          ".gz",
          ".bz2",
          ".xz",
          ".zst",
          ".zip",
          ".npy",
          ".safetensors",
          ".gguf");

  private PromptArgument() {}

  /// The file that an argument names, or null if it is a text.
  ///
  /// @throws UserError if it names something that holds no prompts, or a file that does not exist
  static @Nullable Path file(String argument) {
    Path path = path(argument);
    boolean exists = path != null && Files.exists(path);
    if (path != null && (endsWith(argument, LINES) || endsWith(argument, JSON_LINES))) {
      if (!exists) {
        throw refused(argument, "does not exist");
      }
      if (Files.isDirectory(path)) {
        throw refused(argument, "is a directory");
      }
      return path;
    }
    if (path != null && exists) {
      throw refused(
          argument, Files.isDirectory(path) ? "is a directory, not a file of prompts" : notRead());
    }
    boolean oneWord = argument.strip().chars().noneMatch(Character::isWhitespace);
    if (oneWord && OTHER_DATA.stream().anyMatch(ending -> endsWith(argument, ending))) {
      throw refused(argument, notRead());
    }
    return null;
  }

  private static String notRead() {
    return "cannot be read as prompts: only files ending in .txt (a prompt a line) or .jsonl (an"
        + " object a line, with \"text\" or \"prompt_ids\") are";
  }

  private static UserError refused(String argument, String why) {
    return UserError.usage(
        "prompt file %s %s; to pass the text as it is, write --text=%s"
            .formatted(ShellWord.shortened(argument), why, ShellWord.shown(argument)));
  }

  /// Whether it ends like this, in any case, blanks at the end aside.
  static boolean endsWith(String argument, String ending) {
    return argument.strip().toLowerCase(Locale.ROOT).endsWith(ending);
  }

  private static @Nullable Path path(String argument) {
    try {
      // The empty path is the working directory.
      return argument.isEmpty() ? null : Path.of(argument);
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
