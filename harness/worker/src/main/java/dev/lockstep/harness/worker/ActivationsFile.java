package dev.lockstep.harness.worker;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.file.LocalFiles;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Activations on disk, to hand them from a worker to its parent: at full size they are too many
/// for memory.
///
/// A record is `step` (int), `session` (int), the activation's name (`writeUTF`), `position` (int),
/// the width of a value in bytes, 4 or 8 (byte), their number (int), and the values; all of it
/// big-endian, as [DataOutputStream] writes it. Records stand in the order in which they were
/// shown.
public final class ActivationsFile implements AutoCloseable {

  /// Where one row lies.
  ///
  /// @param step the index of the [PlayStep] during which it was shown
  public record Entry(
      int step, int session, String name, int position, int width, int length, long offset) {}

  private final FileChannel channel;
  private final List<Entry> entries;

  private ActivationsFile(FileChannel channel, List<Entry> entries) {
    this.channel = channel;
    this.entries = entries;
  }

  /// Opens a file that a worker has written.
  public static ActivationsFile open(Path file) throws IOException {
    FileChannel channel = LocalFiles.read(file);
    try {
      return new ActivationsFile(channel, index(file));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static List<Entry> index(Path file) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Map<String, String> names = new HashMap<>();
    long size = Files.size(file);
    try (CountingInput counting = new CountingInput(Files.newInputStream(file));
        DataInputStream in = new DataInputStream(counting)) {
      while (counting.count() < size) {
        int step = in.readInt();
        int session = in.readInt();
        String name = names.computeIfAbsent(in.readUTF(), n -> n);
        int position = in.readInt();
        int width = in.readByte();
        int length = in.readInt();
        entries.add(new Entry(step, session, name, position, width, length, counting.count()));
        in.skipNBytes((long) width * length);
      }
    }
    return entries;
  }

  /// Every row, in the order in which they were shown.
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  /// The values of a row; single precision is widened.
  public double[] row(Entry entry) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(entry.width(), entry.length()));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, entry.offset() + bytes.position()) < 0) {
        throw new EOFException("activations end within a row of " + entry.name());
      }
    }
    bytes.flip();
    double[] row = new double[entry.length()];
    for (int i = 0; i < row.length; i++) {
      row[i] = entry.width() == Float.BYTES ? bytes.getFloat() : bytes.getDouble();
    }
    return row;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  static Writer create(Path file) throws IOException {
    return new Writer(
        file,
        new DataOutputStream(new BufferedOutputStream(LocalFiles.createStream(file), 1 << 20)));
  }

  /// The worker's side. Sessions on several threads may share it.
  static final class Writer implements AutoCloseable {
    private final Path file;
    private final DataOutputStream out;

    private Writer(Path file, DataOutputStream out) {
      this.file = file;
      this.out = out;
    }

    /// An observer for one session.
    ///
    /// @param currentStep tells the step that the session is in
    ActivationObserver observer(int session, java.util.function.IntSupplier currentStep) {
      return new ActivationObserver() {
        @Override
        public void observe(String name, int position, float[] values, int offset, int length) {
          ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES);
          bytes.asFloatBuffer().put(values, offset, length);
          write(currentStep.getAsInt(), session, name, position, Float.BYTES, bytes);
        }

        @Override
        public void observe(String name, int position, double[] values, int offset, int length) {
          ByteBuffer bytes = ByteBuffer.allocate(length * Double.BYTES);
          bytes.asDoubleBuffer().put(values, offset, length);
          write(currentStep.getAsInt(), session, name, position, Double.BYTES, bytes);
        }
      };
    }

    private synchronized void write(
        int step, int session, String name, int position, int width, ByteBuffer values) {
      try {
        out.writeInt(step);
        out.writeInt(session);
        out.writeUTF(name);
        out.writeInt(position);
        out.writeByte(width);
        out.writeInt(values.capacity() / width);
        out.write(values.array());
      } catch (IOException e) {
        throw LogitsFile.notHandedOver(file, e);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
