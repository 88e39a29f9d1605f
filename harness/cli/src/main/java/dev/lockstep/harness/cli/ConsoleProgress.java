package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.run.RunProgress;
import dev.lockstep.harness.verification.VerifyProgress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows progress on standard error: on a terminal one line that is drawn again and again, else a
/// line every ten seconds; warnings always.
final class ConsoleProgress implements RunProgress, VerifyProgress, AutoCloseable {
  private static final int UPDATE_MILLIS = 500;

  private final ProgressText text = new ProgressText(System::nanoTime);
  private final @Nullable ProgressBar bar;
  private final @Nullable Heartbeat heartbeat;
  private boolean closed;

  ConsoleProgress() {
    bar =
        Console.errorIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName("lockstep")
                .setInitialMax(-1)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setRenderer((state, length) -> line(length))
                .continuousUpdate()
                .clearDisplayOnFinish()
                .build()
            : null;
    heartbeat = bar == null ? Heartbeat.start(text::text) : null;
  }

  private String line(int length) {
    String line = "lockstep: " + text.text();
    return line.length() <= length ? line : line.substring(0, Math.max(0, length));
  }

  private void draw() {
    if (bar != null) {
      bar.refresh();
    }
  }

  @Override
  public void phase(String what) {
    text.phase(what);
    draw();
  }

  @Override
  public void expect(long steps, long cycle) {
    text.expect(steps, cycle);
    draw();
  }

  @Override
  public void expect(long steps) {
    expect(steps, 1);
  }

  @Override
  public void step() {
    text.step();
  }

  @Override
  public void warn(String message) {
    Console.error((bar == null ? "" : "\r\033[K") + "lockstep: warning: " + message);
  }

  @Override
  public void close() {
    // The bar draws itself once more each time it is closed.
    if (!closed) {
      closed = true;
      if (bar != null) {
        bar.close();
      }
      if (heartbeat != null) {
        heartbeat.close();
      }
    }
  }
}
