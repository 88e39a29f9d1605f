package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.results.AppendingCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The samples of a run, each written before the next begins. A run that is interrupted asks for
/// them by another thread, and then nothing more is written.
final class SampleLog {
  private static final int CTRL_C_MILLIS = 300;

  private final AppendingCsv<Sample> samplesCsv;
  private final @Nullable AppendingCsv<TokensCsv.Token> tokensCsv;
  private final RunProgress progress;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /// Guarded by itself.
  private final List<Sample> samples = new ArrayList<>();

  /// @param tokensCsv null if times of single tokens are not wanted
  SampleLog(
      AppendingCsv<Sample> samplesCsv,
      @Nullable AppendingCsv<TokensCsv.Token> tokensCsv,
      RunProgress progress) {
    this.samplesCsv = samplesCsv;
    this.tokensCsv = tokensCsv;
    this.progress = progress;
  }

  /// @param generated what the backend answered; null if it did not
  void record(Sample sample, Reply.@Nullable Generated generated) {
    synchronized (samples) {
      parkIfStopped();
      if (tokensCsv != null && generated != null && sample.isTimed()) {
        tokensCsv.append(
            TokensCsv.tokens(
                sample.key(),
                sample.depth() + sample.promptTokens(),
                generated.tokenIds(),
                generated.tokenNanos()));
      }
      samplesCsv.append(List.of(sample));
      samples.add(sample);
    }
  }

  /// A worker that dies may do so because Ctrl-C reached it first: then its end is no result. The
  /// process hears of it within this time.
  void warn(WorkerFailure e) {
    if (e.kind() == WorkerFailure.Kind.CRASHED) {
      try {
        if (stopped.await(CTRL_C_MILLIS, TimeUnit.MILLISECONDS)) {
          parkIfStopped();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    progress.warn(e.getMessage());
  }

  private void parkIfStopped() {
    while (stopped.getCount() == 0) {
      LockSupport.park();
    }
  }

  /// Ends the taking of samples for good, and tells those that were taken. A row that is being
  /// written is finished first.
  List<Sample> stop() {
    synchronized (samples) {
      stopped.countDown();
      return List.copyOf(samples);
    }
  }

  /// What was measured, in order.
  List<Sample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }
}
