package dev.lockstep.harness.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What Linux counts about a process (proc(5)). A figure that the system does not tell is null.
///
/// It is read before and after every timed answer, and opening a file of procfs costs tens of
/// microseconds, so one file is read for each thread. Figures of threads are summed over those that
/// there are now, so a sum can fall when one has ended.
///
/// @param pageFaults minor and major ones of all threads
/// @param cpuNanos how long its threads ran
/// @param waitNanos how long they stood in a run queue: ready, and no processor free
/// @param contextSwitches how often one of them was given a processor
record ProcessCounters(
    @Nullable Long pageFaults,
    @Nullable Long cpuNanos,
    @Nullable Long waitNanos,
    @Nullable Long contextSwitches) {
  private static final Path PROC = Path.of("/proc");
  private static final Path SELF = PROC.resolve("self");

  /// Fields of `stat` behind the name in brackets, which may hold spaces.
  private static final int MINOR_FAULTS = 7;

  private static final int MAJOR_FAULTS = 9;

  /// As of now.
  static ProcessCounters ofThisProcess() {
    return of(SELF, ProcessHandle.current());
  }

  /// Of another process, as of now.
  static ProcessCounters of(long pid) {
    return of(directory(pid), ProcessHandle.of(pid).orElse(null));
  }

  private static Path directory(long pid) {
    return PROC.resolve(Long.toString(pid));
  }

  private static ProcessCounters of(Path process, @Nullable ProcessHandle handle) {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
      long cpuNanos = 0;
      long waitNanos = 0;
      long timeslices = 0;
      for (Path thread : threads) {
        String[] statistics = Files.readString(thread.resolve("schedstat")).strip().split(" ");
        cpuNanos += Long.parseLong(statistics[0]);
        waitNanos += Long.parseLong(statistics[1]);
        timeslices += Long.parseLong(statistics[2]);
      }
      return new ProcessCounters(faults(process), cpuNanos, waitNanos, timeslices);
    } catch (IOException | RuntimeException e) {
      // A thread ended meanwhile, or this system keeps no such statistics.
      return new ProcessCounters(faults(process), coarseCpuNanos(handle), null, null);
    }
  }

  /// The JDK's figure, which may move in steps of 10 ms.
  private static @Nullable Long coarseCpuNanos(@Nullable ProcessHandle process) {
    return process == null
        ? null
        : process.info().totalCpuDuration().map(Duration::toNanos).orElse(null);
  }

  private static @Nullable Long faults(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[MINOR_FAULTS]) + Long.parseLong(fields[MAJOR_FAULTS]);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /// The kernel's high-water mark of the resident set.
  static @Nullable Long peakRssBytes() {
    return ofStatus(SELF, "VmHWM:");
  }

  /// As [#peakRssBytes()], of another process.
  static @Nullable Long peakRssBytes(long pid) {
    return ofStatus(directory(pid), "VmHWM:");
  }

  /// What is resident and belongs to no file.
  static @Nullable Long anonymousBytes() {
    return ofStatus(SELF, "RssAnon:");
  }

  private static @Nullable Long ofStatus(Path process, String name) {
    try {
      return number(Files.readAllLines(process.resolve("status")), name) * 1024;
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static long number(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
      }
    }
    throw new IllegalArgumentException("no line " + name);
  }

  /// What was counted since then.
  ProcessCounters since(ProcessCounters before) {
    return new ProcessCounters(
        difference(pageFaults, before.pageFaults),
        difference(cpuNanos, before.cpuNanos),
        difference(waitNanos, before.waitNanos),
        difference(contextSwitches, before.contextSwitches));
  }

  /// As a worker would tell it.
  Reply.Usage usage(@Nullable Long peakRssBytes) {
    return new Reply.Usage(
        null,
        null,
        peakRssBytes,
        null,
        cpuNanos == null ? null : cpuNanos / 1_000_000,
        waitNanos == null ? null : waitNanos / 1e6,
        pageFaults,
        null,
        contextSwitches);
  }

  private static @Nullable Long difference(@Nullable Long now, @Nullable Long before) {
    return now == null || before == null ? null : (Long) Math.max(0, now - before);
  }
}
