package dev.lockstep.harness.cli;

import dev.lockstep.model.hub.DownloadProgress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows a download on standard error: a bar for each file if that is a terminal, else a line for
/// each file, and lines in between while a large one is under way.
final class ConsoleDownloadProgress implements DownloadProgress, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;
  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  private final AtomicLong receivedBytes = new AtomicLong();
  private @Nullable ProgressBar bar;
  private @Nullable Heartbeat heartbeat;

  @Override
  public void started(String file, long presentBytes, long totalBytes) {
    close();
    if (Console.errorIsTerminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(file)
              .setInitialMax(totalBytes)
              .startsFrom(presentBytes, Duration.ZERO)
              .setUnit(" MB", BYTES_PER_MEGABYTE)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .build();
    } else {
      Console.error(
          String.format(Locale.ROOT, "%s: fetching, %d bytes", file, totalBytes - presentBytes));
      receivedBytes.set(presentBytes);
      heartbeat =
          Heartbeat.start(
              () ->
                  String.format(
                      Locale.ROOT,
                      "%s: %d of %d MB",
                      file,
                      receivedBytes.get() / BYTES_PER_MEGABYTE,
                      totalBytes / BYTES_PER_MEGABYTE));
    }
  }

  @Override
  public void received(long bytes) {
    receivedBytes.addAndGet(bytes);
    if (bar != null) {
      bar.stepBy(bytes);
    }
  }

  @Override
  public void finished(String file, boolean fetched) {
    close();
    Console.error("%s: %s".formatted(file, fetched ? "verified" : "there already"));
  }

  @Override
  public void retrying(String what, String reason, Duration delay) {
    close();
    Console.error(
        String.format(
            Locale.ROOT,
            "%s: %s; again in %.0f s",
            what,
            reason,
            Math.ceil(delay.toMillis() / 1000.0)));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
    if (heartbeat != null) {
      heartbeat.close();
      heartbeat = null;
    }
  }
}
