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
public final class AppendingCsv implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  AppendingCsv(Path file) {
    this.file = file;
    try {
      channel = LocalFiles.append(file);
    } catch (IOException e) {
      throw OutputDirectory.failed(file, e);
    }
  }

  /// Appends rows; all of them or none.
  public void append(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(SamplesCsv.FORMAT.format(row.toArray())).append("\r\n");
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
