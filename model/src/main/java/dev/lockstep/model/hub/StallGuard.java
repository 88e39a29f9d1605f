package dev.lockstep.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;

/// Reads a response's body and gives up when nothing arrives for too long: HTTP's own timeout ends
/// with the headers. A thread watches and closes the stream, which wakes the reader.
final class StallGuard implements AutoCloseable {
  private final String host;
  private final InputStream body;
  private final Duration timeout;
  private final Thread watcher;
  private volatile long lastProgressNanos = System.nanoTime();
  private volatile boolean stalled;

  StallGuard(HttpResponse<InputStream> response, Duration timeout) {
    host = response.uri().getHost();
    body = response.body();
    this.timeout = timeout;
    watcher = Thread.ofVirtual().name("stall-guard").start(this::watch);
  }

  /// As [InputStream#read(byte\[\])].
  int read(byte[] buffer) throws IOException {
    try {
      int count = body.read(buffer);
      lastProgressNanos = System.nanoTime();
      if (stalled) {
        throw new IOException("closed");
      }
      return count;
    } catch (IOException e) {
      if (stalled) {
        throw new TransientFailure(
            String.format(Locale.ROOT, "no data for %d ms from %s", timeout.toMillis(), host));
      }
      throw new TransientFailure(
          "the connection to %s broke: %s".formatted(host, e.getMessage()), "try again later", e);
    }
  }

  private void watch() {
    try {
      while (true) {
        long silentNanos = System.nanoTime() - lastProgressNanos;
        long leftNanos = timeout.toNanos() - silentNanos;
        if (leftNanos <= 0) {
          stalled = true;
          body.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(leftNanos));
      }
    } catch (InterruptedException | IOException e) {
      // Closed by its owner, or the stream is gone.
    }
  }

  @Override
  public void close() throws IOException {
    watcher.interrupt();
    body.close();
  }
}
