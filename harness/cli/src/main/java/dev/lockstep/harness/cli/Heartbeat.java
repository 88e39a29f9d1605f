package dev.lockstep.harness.cli;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// A line at least every ten seconds where no bar can be shown, so that nobody takes work for a
/// hang. A command that is done sooner prints none.
final class Heartbeat implements AutoCloseable {
  private static final long EVERY_NANOS = Duration.ofSeconds(9).toNanos();
  private static final long TICK_MILLIS = 500;

  private final Supplier<String> text;
  private final Consumer<String> lines;
  private final LongSupplier nanos;
  private long lastNanos;
  private boolean closed;

  /// @param text what to say, asked when it is time to
  /// @param nanos the clock
  Heartbeat(Supplier<String> text, Consumer<String> lines, LongSupplier nanos) {
    this.text = text;
    this.lines = lines;
    this.nanos = nanos;
    lastNanos = nanos.getAsLong();
  }

  /// One that beats by itself, on standard error.
  static Heartbeat start(Supplier<String> text) {
    Heartbeat heartbeat =
        new Heartbeat(text, line -> Console.error("lockstep: " + line), System::nanoTime);
    Thread.ofPlatform().daemon().name("progress").start(heartbeat::run);
    return heartbeat;
  }

  private void run() {
    try {
      while (tick()) {
        Thread.sleep(TICK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Prints the line if it is time to.
  ///
  /// @return whether to go on
  synchronized boolean tick() {
    if (closed) {
      return false;
    }
    long now = nanos.getAsLong();
    if (now - lastNanos >= EVERY_NANOS) {
      lastNanos = now;
      lines.accept(text.get());
    }
    return true;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
