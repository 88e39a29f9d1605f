package dev.lockstep.api.file;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What went wrong with a file, in plain words. The messages of Java's exceptions are a path alone,
/// the system's short reason, or the name of another exception.
public final class FileProblem {
  private static final String MISSING = "there is no such file or directory";
  private static final String DENIED = "permission is denied";
  private static final String LINKS = "symbolic links lead in a circle";

  /// What the system says (in the C locale), and what it means.
  private static final Map<String, String> REASONS = new LinkedHashMap<>();

  static {
    REASONS.put("No such file or directory", MISSING);
    REASONS.put("Permission denied", DENIED);
    REASONS.put("Operation not permitted", "the system does not permit it");
    REASONS.put("No space left on device", "the disk is full");
    REASONS.put("Disk quota exceeded", "the disk quota is used up");
    REASONS.put("File too large", "the file is larger than the system allows (ulimit -f)");
    REASONS.put("Read-only file system", "the file system is read-only");
    REASONS.put("Not a directory", "a part of the path is not a directory");
    REASONS.put("Is a directory", "it is a directory");
    REASONS.put("File name too long", "the name is too long");
    REASONS.put("Too many open files", "too many files are open (ulimit -n)");
    REASONS.put("Too many levels of symbolic links", LINKS);
    REASONS.put(
        "Too many levels of symbolic links or unable to access attributes of symbolic link", LINKS);
    REASONS.put("Input/output error", "the device reports an error");
    REASONS.put("No locks available", "the file system has no locks");
    REASONS.put("Function not implemented", "the file system cannot do this");
    REASONS.put("Operation not supported", "the file system cannot do this");
    REASONS.put("Bad file descriptor", "it is closed");
    REASONS.put("Broken pipe", "its reader has gone");
    REASONS.put("Stale file handle", "the file was removed on its server");
  }

  private FileProblem() {}

  /// What went wrong, for a message that names the file itself.
  public static String describe(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> MISSING;
      case AccessDeniedException denied -> DENIED;
      case NotDirectoryException file -> "it is not a directory";
      case DirectoryNotEmptyException full -> "the directory is not empty";
      case FileAlreadyExistsException exists -> "it exists already";
      case FileSystemLoopException loop -> LINKS;
      case AtomicMoveNotSupportedException move -> "it is on another file system";
      case FileSystemException other -> reason(other.getReason(), other.getCause());
      case FileNotFoundException missing -> inParentheses(missing.getMessage());
      case CharacterCodingException coding -> "it is not valid UTF-8";
      case EOFException end -> "it ends too early";
      default -> reason(e.getMessage(), e.getCause());
    };
  }

  /// As [#describe(IOException)]; names the file or directory at fault where it is not the one that
  /// the message is about: one above it, most often.
  public static String describe(IOException e, Path subject) {
    String culprit = e instanceof FileSystemException known ? known.getFile() : null;
    if (culprit == null || culprit.isEmpty() || isSame(culprit, subject)) {
      return describe(e);
    }
    return e instanceof FileAlreadyExistsException
        ? culprit + " is not a directory"
        : describe(e) + ": " + culprit;
  }

  /// As [#describe(IOException)].
  public static String describe(UncheckedIOException e) {
    return describe(Objects.requireNonNull(e.getCause()));
  }

  private static boolean isSame(String culprit, Path subject) {
    return Path.of(culprit).toAbsolutePath().equals(subject.toAbsolutePath());
  }

  private static String reason(@Nullable String said, @Nullable Throwable cause) {
    // Of an exception that was made from another, Java's message is that one's name.
    if (cause instanceof IOException inner && (said == null || said.equals(cause.toString()))) {
      return describe(inner);
    }
    if (said == null || said.isBlank()) {
      return "the system does not say why";
    }
    return REASONS.getOrDefault(said, said);
  }

  /// `java.io` puts the reason behind the path: `/x (Permission denied)`.
  private static String inParentheses(@Nullable String message) {
    if (message == null || !message.endsWith(")") || !message.contains(" (")) {
      return message == null ? MISSING : message;
    }
    return reason(message.substring(message.lastIndexOf(" (") + 2, message.length() - 1), null);
  }
}
