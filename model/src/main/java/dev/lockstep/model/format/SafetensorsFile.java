package dev.lockstep.model.format;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// A safetensors file, mapped read-only as a whole; a tensor's data is a slice of the mapping.
///
/// The mapping is private to nobody: all processes that open the same file share its pages, and
/// pages that are never touched are never read from disk.
///
/// @param entries the tensors, in the order of their data
/// @param data the data section
public record SafetensorsFile(Path path, List<TensorEntry> entries, MemorySegment data) {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// The limit of the reference implementation.
  static final long MAX_HEADER_BYTES = 100_000_000;

  /// Maps a file and reads its header.
  ///
  /// @param arena closing it unmaps the file
  /// @throws FormatException if the file cannot be read or its header is not entirely right
  public static SafetensorsFile map(Path file, Arena arena) {
    MemorySegment bytes = mapBytes(file, arena);
    if (bytes.byteSize() < Long.BYTES) {
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT, "is %d bytes long: too short for a safetensors file", bytes.byteSize()));
    }
    long headerBytes = bytes.get(LENGTH, 0);
    long available = bytes.byteSize() - Long.BYTES;
    if (headerBytes < 2 || headerBytes > Math.min(available, MAX_HEADER_BYTES)) {
      ForeignFile.refuseWithText(file);
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT,
              "claims a header of %s bytes; it must be between 2 and %d, what follows in the file being %d",
              Long.toUnsignedString(headerBytes),
              MAX_HEADER_BYTES,
              available));
    }
    MemorySegment header = bytes.asSlice(Long.BYTES, headerBytes);
    MemorySegment data = bytes.asSlice(Long.BYTES + headerBytes);
    return new SafetensorsFile(
        file, SafetensorsHeader.read(file, new SegmentInputStream(header), data.byteSize()), data);
  }

  /// The bytes of one of the [#entries].
  public MemorySegment bytes(TensorEntry entry) {
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  private static MemorySegment mapBytes(Path file, Arena arena) {
    StrictJson.requireSize(file, Long.MAX_VALUE);
    try (FileChannel channel = LocalFiles.read(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new FormatException(file, "does not exist", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be mapped: " + FileProblem.describe(e), e);
    }
  }

  /// Reads a segment as a stream, without a copy of the whole.
  private static final class SegmentInputStream extends InputStream {
    private final MemorySegment segment;
    private long position;

    SegmentInputStream(MemorySegment segment) {
      this.segment = segment;
    }

    @Override
    public int read() {
      return position == segment.byteSize()
          ? -1
          : segment.get(ValueLayout.JAVA_BYTE, position++) & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = (int) Math.min(length, segment.byteSize() - position);
      if (count == 0) {
        return length == 0 ? 0 : -1;
      }
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, target, offset, count);
      position += count;
      return count;
    }
  }
}
