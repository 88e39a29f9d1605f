package dev.lockstep.harness.measurement.machine;

import dev.lockstep.harness.worker.CpuTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How much of the machine other programs used while rounds were measured: what all processors did
/// by the kernel's count, less what this process and its workers did. The time that a hypervisor
/// gave to others is counted as theirs.
public final class ForeignLoad {
  /// The unit of `/proc/stat`, the same on every Linux.
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final int MACHINE_FIELDS = 8;
  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;

  private final Path statistics;
  private long wallNanos;
  private long foreignNanos;
  private boolean isUnknown;

  /// @param statistics `/proc/stat`
  public ForeignLoad(Path statistics) {
    this.statistics = statistics;
  }

  /// What had been used at a moment.
  ///
  /// @param busyNanos by everybody, over all processors; null if the system does not tell
  /// @param ownNanos by this process and those that it started; null if the system does not tell
  public record Reading(long nanoTime, @Nullable Long busyNanos, @Nullable Long ownNanos) {}

  /// What has been used by now.
  public Reading read() {
    return new Reading(System.nanoTime(), busyNanos(), ownNanos());
  }

  /// Counts what was used since `start`.
  public void addSince(Reading start) {
    add(start, read());
  }

  void add(Reading start, Reading end) {
    Long busyBefore = start.busyNanos();
    Long busyAfter = end.busyNanos();
    Long ownBefore = start.ownNanos();
    Long ownAfter = end.ownNanos();
    if (busyBefore == null || busyAfter == null || ownBefore == null || ownAfter == null) {
      isUnknown = true;
      return;
    }
    wallNanos += end.nanoTime() - start.nanoTime();
    foreignNanos += busyAfter - busyBefore - (ownAfter - ownBefore);
  }

  /// As many cores as others kept busy on average; null if the system does not tell.
  public @Nullable Double cores() {
    return isUnknown || wallNanos == 0 ? null : Math.max(0, (double) foreignNanos / wallNanos);
  }

  private @Nullable Long busyNanos() {
    try (Stream<String> lines = Files.lines(statistics)) {
      return lines.findFirst().map(ForeignLoad::busyNanos).orElse(null);
    } catch (IOException | RuntimeException e) {
      return null; // no Linux, or it hides what it does
    }
  }

  /// @param line `cpu user nice system idle iowait irq softirq steal …`, in ticks
  private static @Nullable Long busyNanos(String line) {
    String[] fields = line.split(" +");
    if (!fields[0].equals("cpu") || fields.length <= MACHINE_FIELDS) {
      return null;
    }
    long ticks = 0;
    for (int i = 0; i < MACHINE_FIELDS; i++) {
      ticks += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(fields[i + 1]);
    }
    return ticks * NANOS_PER_TICK;
  }

  private static @Nullable Long ownNanos() {
    ProcessHandle self = ProcessHandle.current();
    long sum = 0;
    for (ProcessHandle process : Stream.concat(Stream.of(self), self.descendants()).toList()) {
      Long nanos = CpuTime.ofProcess(process);
      if (nanos == null) {
        return null;
      }
      sum += nanos;
    }
    return sum;
  }
}
