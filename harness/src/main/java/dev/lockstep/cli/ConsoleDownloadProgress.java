package dev.lockstep.cli;

import dev.lockstep.model.hub.DownloadProgress;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows a download on standard error: a bar per file if that is a terminal, else a line per file.
final class ConsoleDownloadProgress implements DownloadProgress, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;
  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  private @Nullable ProgressBar bar;

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
    }
  }

  @Override
  public void received(long bytes) {
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
  }
}
