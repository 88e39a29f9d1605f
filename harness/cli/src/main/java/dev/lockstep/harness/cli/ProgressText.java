package dev.lockstep.harness.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/// How far a command is, in words: what happens now, how much is done, and how long the rest will
/// take, as soon as there is something to tell it from.
///
/// The estimate comes from whole cycles alone, for the steps of a cycle differ as backends do:
/// from the end of the first step, so that what comes before it (loading, warming up) does not
/// count, to the end of a step one or more cycles later.
final class ProgressText {
  private final LongSupplier nanos;
  private final long startNanos;
  private String phase = "starting";
  private long total;
  private long cycle = 1;
  private long done;
  private long firstNanos;
  private long nanosOfCycles;
  private long stepsOfCycles;

  /// @param nanos the clock
  ProgressText(LongSupplier nanos) {
    this.nanos = nanos;
    startNanos = nanos.getAsLong();
  }

  synchronized void phase(String what) {
    phase = what;
  }

  /// @param steps how many are to come in all, those that are done included
  /// @param stepsOfCycle how many steps later the same kind of work comes again
  synchronized void expect(long steps, long stepsOfCycle) {
    total = steps;
    cycle = Math.max(1, stepsOfCycle);
  }

  synchronized void step() {
    done++;
    long now = nanos.getAsLong();
    if (done == 1) {
      firstNanos = now;
    } else if ((done - 1) % cycle == 0) {
      nanosOfCycles = now - firstNanos;
      stepsOfCycles = done - 1;
    }
  }

  /// `round 2 of 5: simd, 12 of 50 done, 1 min 20 s so far, about 3 min left`.
  synchronized String text() {
    StringBuilder text = new StringBuilder(phase);
    if (total > 0) {
      text.append(String.format(Locale.ROOT, ", %d of %d done", done, Math.max(done, total)));
    }
    text.append(", ").append(words(nanos.getAsLong() - startNanos)).append(" so far");
    long left = total - done;
    if (stepsOfCycles > 0 && left > 0) {
      long leftNanos = Math.round((double) nanosOfCycles / stepsOfCycles * left);
      text.append(", about ").append(words(leftNanos)).append(" left");
    }
    return text.toString();
  }

  private static String words(long nanos) {
    Duration duration = Duration.ofNanos(nanos);
    if (duration.toMinutes() == 0) {
      return String.format(Locale.ROOT, "%d s", duration.toSeconds());
    }
    return duration.toHours() == 0
        ? String.format(
            Locale.ROOT, "%d min %d s", duration.toMinutesPart(), duration.toSecondsPart())
        : String.format(Locale.ROOT, "%d h %d min", duration.toHours(), duration.toMinutesPart());
  }
}
