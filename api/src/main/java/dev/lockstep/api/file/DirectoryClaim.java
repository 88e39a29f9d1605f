package dev.lockstep.api.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The sole right to write into a directory, among all threads and processes that ask for it.
///
/// It is the system's lock on a small file in the directory, so it ends with the process that holds
/// it, however that ends; a file that a killed process left behind is of no account. The file says
/// who holds it and is deleted with the claim.
public final class DirectoryClaim implements AutoCloseable {
  static final String FILE_NAME = ".lockstep-claim";
  private static final int MAX_BYTES = 200;

  /// Directories claimed by this process. A lock is the process's: it does not keep two threads
  /// apart, and is lost when any channel to its file is closed.
  private static final Set<Path> CLAIMED = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path file;
  private final FileChannel channel;

  private DirectoryClaim(Path directory, Path file, FileChannel channel) {
    this.directory = directory;
    this.file = file;
    this.channel = channel;
  }

  /// Somebody else has the directory.
  public static final class TakenException extends IOException {
    TakenException(String owner) {
      super(owner + " is writing there");
    }
  }

  /// The directory's file system has no locks.
  public static final class UnsupportedException extends IOException {
    UnsupportedException(IOException cause) {
      super("its file system has no locks: " + FileProblem.describe(cause), cause);
    }
  }

  /// Claims a directory that exists.
  ///
  /// @throws TakenException if another thread or process has it
  /// @throws UnsupportedException if its file system has no locks
  /// @throws IOException if it cannot be written
  public static DirectoryClaim of(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!CLAIMED.add(real)) {
      throw new TakenException("this process");
    }
    DirectoryClaim claim = null;
    try {
      while (claim == null) {
        claim = attempt(real);
      }
      return claim;
    } finally {
      if (claim == null) {
        CLAIMED.remove(real);
      }
    }
  }

  /// Null if the file was deleted or replaced meanwhile, as a claim that ends does: a lock on a
  /// file without a name holds nothing.
  private static @Nullable DirectoryClaim attempt(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    Object before = identity(file);
    FileChannel channel = LocalFiles.openOrCreate(file);
    boolean held = false;
    try {
      FileLock lock = lock(channel);
      if (lock == null) {
        throw new TakenException(owner(channel));
      }
      if (before == null || !before.equals(identity(file))) {
        return null;
      }
      write(channel);
      held = true;
      return new DirectoryClaim(directory, file, channel);
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (IOException e) {
      throw new UnsupportedException(e);
    }
  }

  private static @Nullable Object identity(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return Objects.requireNonNullElse(attributes.fileKey(), file);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static void write(FileChannel channel) throws IOException {
    String text =
        "process %s since %s\n"
            .formatted(
                Long.toString(ProcessHandle.current().pid()),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  private static String owner(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
    channel.read(bytes, 0);
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip();
    return text.isEmpty() ? "another process" : text;
  }

  /// Gives the directory free.
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    // Deleted before the lock is gone: a process that waits for it then sees that it has no name.
    LocalFiles.deleteIfPossible(file);
    try {
      channel.close();
    } catch (IOException e) {
      // The system closes it with the process.
    }
    CLAIMED.remove(directory);
  }
}
