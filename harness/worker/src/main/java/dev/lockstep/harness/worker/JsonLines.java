package dev.lockstep.harness.worker;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One JSON object a line over a socket. One thread may read while another writes.
final class JsonLines implements AutoCloseable {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final SocketChannel channel;
  private final ByteBuffer received = ByteBuffer.allocate(64 * 1024).flip();

  JsonLines(SocketChannel channel) {
    this.channel = channel;
  }

  void write(Object message) throws IOException {
    byte[] json = MAPPER.writeValueAsBytes(message);
    ByteBuffer line = ByteBuffer.allocate(json.length + 1).put(json).put((byte) '\n').flip();
    while (line.hasRemaining()) {
      channel.write(line);
    }
  }

  /// The next message, or null at the end of the stream.
  ///
  /// @throws IOException if the stream breaks or the line is not such a message
  <M> @Nullable M read(Class<M> type) throws IOException {
    String line = readLine();
    return line == null ? null : MAPPER.readValue(line, type);
  }

  private @Nullable String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (received.hasRemaining()) {
        byte b = received.get();
        if (b == '\n') {
          return line.toString(StandardCharsets.UTF_8);
        }
        line.write(b);
      }
      received.clear();
      int count = channel.read(received);
      received.flip();
      if (count < 0) {
        return null;
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
