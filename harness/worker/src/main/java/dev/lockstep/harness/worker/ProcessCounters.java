package dev.lockstep.harness.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What Linux counts about this process (proc(5)). A figure that the system does not tell is null.
///
/// @param pageFaults minor and major ones of all threads
/// @param waitNanos how long its threads stood in a run queue: ready, and no processor free. It is
///     a
///     sum over the threads there are now, so it can fall when one has ended
/// @param contextSwitches of its threads, voluntary or not; as above
record ProcessCounters(
    @Nullable Long pageFaults, @Nullable Long waitNanos, @Nullable Long contextSwitches) {
  private static final Path SELF = Path.of("/proc/self");

  /// Fields of `stat` behind the name in brackets, which may hold spaces.
  private static final int MINOR_FAULTS = 7;

  private static final int MAJOR_FAULTS = 9;

  /// As of now.
  static ProcessCounters ofThisProcess() {
    Long wait = null;
    Long switches = null;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(SELF.resolve("task"))) {
      long waitNanos = 0;
      long contextSwitches = 0;
      for (Path thread : threads) {
        waitNanos += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[1]);
        List<String> status = Files.readAllLines(thread.resolve("status"));
        contextSwitches += number(status, "voluntary_ctxt_switches:");
        contextSwitches += number(status, "nonvoluntary_ctxt_switches:");
      }
      wait = waitNanos;
      switches = contextSwitches;
    } catch (IOException | RuntimeException e) {
      // A thread ended meanwhile, or this system keeps no such statistics.
    }
    return new ProcessCounters(faults(), wait, switches);
  }

  private static @Nullable Long faults() {
    try {
      String stat = Files.readString(SELF.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[MINOR_FAULTS]) + Long.parseLong(fields[MAJOR_FAULTS]);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /// The kernel's high-water mark of the resident set.
  static @Nullable Long peakRssBytes() {
    try {
      return number(Files.readAllLines(SELF.resolve("status")), "VmHWM:") * 1024;
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
        difference(waitNanos, before.waitNanos),
        difference(contextSwitches, before.contextSwitches));
  }

  private static @Nullable Long difference(@Nullable Long now, @Nullable Long before) {
    return now == null || before == null ? null : (Long) Math.max(0, now - before);
  }
}
