package dev.lockstep.cli;

import dev.lockstep.run.RunProgress;
import dev.lockstep.verify.VerifyProgress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows progress on standard error if that is a terminal; warnings always.
final class ConsoleProgress implements RunProgress, VerifyProgress, AutoCloseable {
  private static final int UPDATE_MILLIS = 500;

  private final @Nullable ProgressBar bar;
  private boolean closed;

  ConsoleProgress() {
    bar =
        Console.errorIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName("lockstep")
                .setInitialMax(-1)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .continuousUpdate()
                .clearDisplayOnFinish()
                .build()
            : null;
  }

  @Override
  public void phase(String what) {
    if (bar != null) {
      bar.setExtraMessage(" " + what);
      bar.refresh();
    }
  }

  @Override
  public void expect(long steps) {
    if (bar != null) {
      bar.maxHint(steps);
    }
  }

  @Override
  public void step() {
    if (bar != null) {
      bar.step();
    }
  }

  @Override
  public void warn(String message) {
    Console.error((bar == null ? "" : "\r\033[K") + "lockstep: warning: " + message);
  }

  @Override
  public void close() {
    // The bar draws itself once more each time it is closed.
    if (bar != null && !closed) {
      closed = true;
      bar.close();
    }
  }
}
