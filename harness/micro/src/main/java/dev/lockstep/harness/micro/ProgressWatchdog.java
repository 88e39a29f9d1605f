package dev.lockstep.harness.micro;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// Hands JMH's progress on, and kills its fork if there is none for too long: JMH itself waits
/// for ever for a benchmark that does not heed an interrupt. This process must have no children but
/// JMH's meanwhile.
final class ProgressWatchdog extends FilterOutputStream {
  private static final long CHECK_MILLIS = 100;

  private final Duration patience;
  private final Thread watch;
  private volatile long lastSignNanos = System.nanoTime();

  ProgressWatchdog(OutputStream progress, Duration patience) {
    super(progress);
    this.patience = patience;
    this.watch = Thread.ofPlatform().daemon().name("signs of life").start(this::watch);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(CHECK_MILLIS);
        if (System.nanoTime() - lastSignNanos > patience.toNanos()) {
          ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
          String why =
              String.format(
                  Locale.ROOT, "<killed: no progress within %.1f s>%n", patience.toNanos() / 1e9);
          write(why.getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      // Nobody reads the progress any more; the fork is not worth watching either.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void write(int b) throws IOException {
    lastSignNanos = System.nanoTime();
    out.write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    lastSignNanos = System.nanoTime();
    out.write(bytes, offset, length);
  }

  /// Stops watching; the stream below stays open.
  @Override
  public void close() throws IOException {
    watch.interrupt();
    flush();
  }
}
