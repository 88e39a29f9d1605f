package dev.lockstep.harness.worker.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The limits of the control groups that this process is in, as a container or a batch system sets
/// them. A limit of any ancestor holds for all below it, so the smallest counts. Both versions of
/// control groups are read; a component is null where no group limits it.
///
/// @param memoryLimitBytes the least `memory.max`, `memory.high` or `memory.limit_in_bytes`
/// @param memoryAvailableBytes how much more can be used before a group reaches its limit; what
///     the kernel can reclaim (clean file pages, slabs) counts as available
/// @param processors the least quota of processor time, in processors: 0.5 is half of one
public record Cgroup(
    @Nullable Long memoryLimitBytes,
    @Nullable Long memoryAvailableBytes,
    @Nullable Double processors) {

  /// Version 1 writes "no limit" as the greatest `long`, rounded down to a page.
  private static final long UNLIMITED = Long.MAX_VALUE >> 1;

  /// @param root where `/proc` and `/sys` are
  public static Cgroup of(Path root) {
    Cgroup second =
        of(CgroupDirectories.second(root), Cgroup::memoryOfSecond, Cgroup::processorsOfSecond);
    Cgroup memory =
        of(CgroupDirectories.first(root, "memory"), Cgroup::memoryOfFirst, directory -> null);
    Cgroup cpu =
        of(CgroupDirectories.first(root, "cpu"), directory -> null, Cgroup::processorsOfFirst);
    return second.and(memory).and(cpu);
  }

  private record Memory(long limit, long available) {}

  private static Cgroup of(
      List<Path> directories,
      Function<Path, @Nullable Memory> memory,
      Function<Path, @Nullable Double> processors) {
    Cgroup all = new Cgroup(null, null, null);
    for (Path directory : directories) {
      Memory found = memory.apply(directory);
      all =
          all.and(
              new Cgroup(
                  found == null ? null : found.limit(),
                  found == null ? null : found.available(),
                  processors.apply(directory)));
    }
    return all;
  }

  private Cgroup and(Cgroup other) {
    return new Cgroup(
        least(memoryLimitBytes, other.memoryLimitBytes),
        least(memoryAvailableBytes, other.memoryAvailableBytes),
        least(processors, other.processors));
  }

  private static <T extends Comparable<T>> @Nullable T least(@Nullable T a, @Nullable T b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static @Nullable Memory memoryOfSecond(Path directory) {
    Long limit =
        least(number(directory, "memory.max"), number(directory, "memory.high")); // "max" is none
    return memory(
        directory,
        limit,
        "memory.current",
        List.of("inactive_file", "active_file", "slab_reclaimable"));
  }

  private static @Nullable Memory memoryOfFirst(Path directory) {
    Long limit = number(directory, "memory.limit_in_bytes");
    return memory(
        directory,
        limit == null || limit >= UNLIMITED ? null : limit,
        "memory.usage_in_bytes",
        List.of("total_inactive_file", "total_active_file"));
  }

  private static @Nullable Memory memory(
      Path directory, @Nullable Long limit, String usage, List<String> reclaimable) {
    if (limit == null) {
      return null;
    }
    Long used = number(directory, usage);
    long held = (used == null ? 0 : used) - sum(directory.resolve("memory.stat"), reclaimable);
    return new Memory(limit, Math.max(0, limit - Math.max(0, held)));
  }

  private static @Nullable Double processorsOfSecond(Path directory) {
    List<String> lines = lines(directory.resolve("cpu.max"));
    String[] words = lines.isEmpty() ? new String[0] : lines.getFirst().strip().split("\\s+");
    return words.length < 2 ? null : quota(parse(words[0]), parse(words[1]));
  }

  private static @Nullable Double processorsOfFirst(Path directory) {
    return quota(number(directory, "cpu.cfs_quota_us"), number(directory, "cpu.cfs_period_us"));
  }

  private static @Nullable Double quota(@Nullable Long quota, @Nullable Long period) {
    return quota == null || period == null || quota <= 0 || period <= 0
        ? null
        : (double) quota / period;
  }

  private static long sum(Path file, List<String> names) {
    long sum = 0;
    for (String line : lines(file)) {
      int space = line.indexOf(' ');
      if (space > 0 && names.contains(line.substring(0, space))) {
        Long value = parse(line.substring(space + 1));
        sum += value == null ? 0 : value;
      }
    }
    return sum;
  }

  private static @Nullable Long number(Path directory, String file) {
    List<String> lines = lines(directory.resolve(file));
    return lines.isEmpty() ? null : parse(lines.getFirst());
  }

  private static @Nullable Long parse(String text) {
    try {
      return Long.valueOf(text.strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /// A file's lines; none if it cannot be read, as where the kernel or the group has no such limit.
  static List<String> lines(Path file) {
    try {
      return new ArrayList<>(Files.readAllLines(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
