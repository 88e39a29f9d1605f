package dev.lockstep.harness.worker.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Server-sent events: the data of each, whole, however the bytes were cut on the way.
///
/// Source: WHATWG HTML, "Server-sent events"; fields other than `data` are passed over.
final class EventStream {
  private static final int MAX_LINE_BYTES = 16 << 20;

  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private int next;
  private int end;

  EventStream(InputStream in) {
    this.in = in;
  }

  /// The data of the next event, or null at the end of the stream.
  @Nullable String next() throws IOException {
    StringBuilder data = null;
    while (true) {
      String line = line();
      if (line == null) {
        return null; // What no empty line ended is no event.
      }
      if (line.isEmpty()) {
        if (data != null) {
          return data.toString();
        }
      } else if (line.startsWith("data:")) {
        String value = line.substring(line.startsWith("data: ") ? 6 : 5);
        data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
      }
    }
  }

  private @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (next < end) {
        byte b = buffer[next++];
        if (b == '\n') {
          String text = line.toString(StandardCharsets.UTF_8);
          return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        }
        line.write(b);
      }
      if (line.size() > MAX_LINE_BYTES) {
        throw new IOException(
            String.format(Locale.ROOT, "a line is longer than %d MiB", MAX_LINE_BYTES >> 20));
      }
      next = 0;
      end = in.read(buffer);
      if (end < 0) {
        end = 0;
        return null;
      }
    }
  }
}
