package dev.lockstep.harness.worker;

import dev.lockstep.api.Precision;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Locale;

/// Logits on disk, to hand `[T, vocabSize]` doubles from a worker to its parent: raw,
/// little-endian, row after row.
public final class LogitsFile implements AutoCloseable {
  private final FileChannel channel;
  private final int vocabSize;

  private LogitsFile(FileChannel channel, int vocabSize) {
    this.channel = channel;
    this.vocabSize = vocabSize;
  }

  /// Opens a file that a worker has written.
  public static LogitsFile open(Path file, int vocabSize) throws IOException {
    return new LogitsFile(LocalFiles.read(file), vocabSize);
  }

  /// How many rows there are.
  public long rows() throws IOException {
    return channel.size() / rowBytes();
  }

  /// Row `index`, counted from the first position that was asked for.
  public double[] row(long index) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, index * rowBytes() + bytes.position()) < 0) {
        throw new IOException("logits end before row " + index);
      }
    }
    double[] row = new double[vocabSize];
    bytes.flip().asDoubleBuffer().get(row);
    return row;
  }

  private int rowBytes() {
    return Math.multiplyExact(vocabSize, Double.BYTES);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// @param vocabSize how many logits a row must have
  public static Writer create(Path file, int vocabSize) throws IOException {
    return new Writer(file, vocabSize, LocalFiles.create(file));
  }

  /// The error of a worker that cannot write what it was asked for: most often the disk is full.
  static UncheckedIOException notHandedOver(Path file, IOException e) {
    return new UncheckedIOException(
        "results could not be handed over: %s: %s; make room for temporary files there"
            .formatted(file.getParent(), FileProblem.describe(e)),
        e);
  }

  /// The writing side.
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final int vocabSize;
    private final FileChannel channel;

    private Writer(Path file, int vocabSize, FileChannel channel) {
      this.file = file;
      this.vocabSize = vocabSize;
      this.channel = channel;
    }

    void append(float[] logits) {
      append(Precision.widened(logits));
    }

    /// @throws InvalidReplyException if there are more or fewer than the vocabulary has: a row that
    ///     was
    ///     padded would shift those behind it
    public void append(double[] logits) {
      if (logits.length != vocabSize) {
        throw new InvalidReplyException(
            String.format(
                Locale.ROOT,
                "%d logits came where the vocabulary has %d",
                logits.length,
                vocabSize));
      }
      ByteBuffer bytes =
          ByteBuffer.allocate(logits.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asDoubleBuffer().put(logits);
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException e) {
        throw notHandedOver(file, e);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
