package dev.lockstep.harness.worker;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One JSON object a line, over a socket or a process's standard streams. One thread may read while
/// another writes.
final class JsonLines implements AutoCloseable {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /// A message of a million tokens with their times is shorter.
  private static final int MAX_LINE_BYTES = 64 << 20;

  private final ReadableByteChannel in;
  private final WritableByteChannel out;
  private final Flushable buffer;
  private final Closeable end;
  private final ByteBuffer received = ByteBuffer.allocate(64 * 1024).flip();

  private JsonLines(
      ReadableByteChannel in, WritableByteChannel out, Flushable buffer, Closeable end) {
    this.in = in;
    this.out = out;
    this.buffer = buffer;
    this.end = end;
  }

  /// Over a socket.
  JsonLines(ByteChannel channel) {
    this(channel, channel, () -> {}, channel);
  }

  /// Over a process's standard input and output. Closing closes its input, whose end it sees.
  static JsonLines of(Process process) {
    OutputStream input = process.getOutputStream();
    return new JsonLines(
        Channels.newChannel(process.getInputStream()), Channels.newChannel(input), input, input);
  }

  void write(Object message) throws IOException {
    byte[] json = MAPPER.writeValueAsBytes(message);
    ByteBuffer line = ByteBuffer.allocate(json.length + 1).put(json).put((byte) '\n').flip();
    while (line.hasRemaining()) {
      out.write(line);
    }
    buffer.flush();
  }

  /// The next message, or null at the end of the stream.
  ///
  /// @throws IOException if the stream breaks
  /// @throws InvalidLineException if the line is not such a message
  <M> @Nullable M read(Class<M> type) throws IOException, InvalidLineException {
    String line = readLine();
    try {
      return line == null ? null : MAPPER.readValue(line, type);
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new InvalidLineException(line, e.getOriginalMessage());
    }
  }

  private @Nullable String readLine() throws IOException, InvalidLineException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (received.hasRemaining()) {
        byte b = received.get();
        if (b == '\n') {
          return line.toString(StandardCharsets.UTF_8);
        }
        line.write(b);
      }
      if (line.size() > MAX_LINE_BYTES) {
        throw new InvalidLineException(
            line.toString(StandardCharsets.UTF_8),
            String.format(Locale.ROOT, "it is longer than %d MiB", MAX_LINE_BYTES >> 20));
      }
      received.clear();
      int count = in.read(received);
      received.flip();
      if (count < 0) {
        return null;
      }
    }
  }

  @Override
  public void close() throws IOException {
    end.close();
  }
}
