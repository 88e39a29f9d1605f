package dev.lockstep.harness.measurement.results;

import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// A CSV file that grows by whole rows. Each call hands its rows to the operating system before it
/// returns, so that a process killed later loses none of them. A row that does not fit on the disk
/// is taken back, so that the file stays well-formed.
///
/// @param <R> what a row is made from
public final class AppendingCsv<R> implements AutoCloseable {
  private final Path file;
  private final Table<R> table;
  private final FileChannel channel;

  AppendingCsv(Path file, Table<R> table) {
    this.file = file;
    this.table = table;
    try {
      channel = LocalFiles.append(file);
    } catch (IOException e) {
      throw OutputDirectory.failed(file, e);
    }
  }

  /// Appends rows; all of them or none.
  public void append(List<R> rows) {
    StringBuilder text = new StringBuilder();
    for (R row : rows) {
      text.append(Table.FORMAT.format(table.cells(row).toArray())).append("\r\n");
    }
    ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    try {
      long before = channel.size();
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException e) {
        takeBack(before, e);
        throw e;
      }
    } catch (IOException e) {
      throw OutputDirectory.failed(file, e);
    }
  }

  private void takeBack(long before, IOException first) {
    try {
      channel.truncate(before);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw OutputDirectory.failed(file, e);
    }
  }
}
