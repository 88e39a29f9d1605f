package dev.lockstep.harness.verification;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.LogitsFile;
import dev.lockstep.oracle.OracleBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What the oracle has answered about a model, kept on disk: forks, resumed runs and later runs ask
/// the same questions.
///
/// An answer is found by the model's hash, the version of the oracle and the question. It is
/// doubles, raw little-endian, and a checksum behind them: a file that is cut short or changed is
/// as good as none. The files of all models together are kept below [#CAPACITY_BYTES]; those used
/// longest ago go first. Nothing is kept where nothing can be written, or on a disk that is nearly
/// full.
public final class AnswerStore {
  static final long CAPACITY_BYTES = 2L << 30;

  /// An answer that would leave no room for a few others is not kept.
  private static final int MIN_ANSWERS = 4;

  private static final int CHUNK_BYTES = 1 << 20;

  private final Path directory;
  private final Supplier<String> modelHash;
  private final long capacityBytes;

  AnswerStore(Path directory, Supplier<String> modelHash, long capacityBytes) {
    this.directory = directory;
    this.modelHash = modelHash;
    this.capacityBytes = capacityBytes;
  }

  /// The store of this user.
  ///
  /// @param modelHash of the checkpoint; asked for when it is first needed
  public static AnswerStore of(Supplier<String> modelHash) {
    return new AnswerStore(CacheDirectory.path().resolve("answers"), modelHash, CAPACITY_BYTES);
  }

  /// The answer to a question that was asked before, if it is still known.
  ///
  /// @param question what was asked, beside the tokens
  /// @param rows how many the answer has
  /// @param columns how many doubles a row has
  @Nullable LogitsFile find(String question, int[] tokens, int rows, int columns) {
    Path file = file(question, tokens);
    long bytes = (long) rows * columns * Double.BYTES;
    try {
      LogitsFile answer = LogitsFile.open(file, columns);
      if (isWhole(file, bytes)) {
        LocalFiles.setChanged(file, FileTime.from(Instant.now()));
        return answer;
      }
      answer.close();
      return null;
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isWhole(Path file, long bytes) throws IOException {
    try (FileChannel channel = LocalFiles.read(file)) {
      return channel.size() == bytes + Long.BYTES
          && checksum(channel, bytes) == storedChecksum(channel);
    }
  }

  /// Keeps a copy of an answer, if it can.
  ///
  /// @param answer holds the doubles and nothing else
  void keep(String question, int[] tokens, Path answer) {
    try {
      long bytes = Files.size(answer);
      if (bytes > capacityBytes / MIN_ANSWERS) {
        return;
      }
      LocalFiles.createDirectories(directory);
      makeRoom(bytes);
      if (Files.getFileStore(directory).getUsableSpace() < capacityBytes) {
        return;
      }
      Path copy = LocalFiles.createTemporaryFile(directory, ".", ".part");
      try {
        LocalFiles.copy(answer, copy);
        seal(copy, bytes);
        LocalFiles.moveAtomically(copy, file(question, tokens));
      } finally {
        LocalFiles.deleteIfPossible(copy);
      }
    } catch (IOException | UncheckedIOException e) {
      // It is computed again when it is needed again.
    }
  }

  private static void seal(Path file, long bytes) throws IOException {
    long checksum;
    try (FileChannel channel = LocalFiles.read(file)) {
      checksum = checksum(channel, bytes);
    }
    try (FileChannel channel = LocalFiles.append(file)) {
      ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).putLong(checksum).flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  private static long checksum(FileChannel channel, long bytes) throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
    for (long position = 0; position < bytes; position += buffer.limit()) {
      buffer.clear().limit((int) Math.min(CHUNK_BYTES, bytes - position));
      readFully(channel, buffer, position);
      checksum.update(buffer.flip());
    }
    return checksum.getValue();
  }

  private static long storedChecksum(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES);
    readFully(channel, buffer, channel.size() - Long.BYTES);
    return buffer.flip().getLong();
  }

  private static void readFully(FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file ends too soon");
      }
    }
  }

  /// Removes the answers used longest ago until there is room for another.
  private void makeRoom(long bytes) throws IOException {
    record Known(Path file, long bytes, FileTime used) {}
    List<Known> known;
    try (Stream<Path> files = Files.list(directory)) {
      known =
          files
              .map(file -> new Known(file, sizeOf(file), changed(file)))
              .sorted(Comparator.comparing(Known::used))
              .toList();
    }
    long kept = known.stream().mapToLong(Known::bytes).sum();
    for (Known each : known) {
      if (kept + bytes <= capacityBytes) {
        break;
      }
      LocalFiles.deleteIfPossible(each.file());
      kept -= each.bytes();
    }
  }

  /// Another process may have removed it.
  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  private static FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private Path file(String question, int[] tokens) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String text =
          "%s oracle-%s %s %s"
              .formatted(modelHash.get(), OracleBackend.VERSION, question, Arrays.toString(tokens));
      byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return directory.resolve(HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
