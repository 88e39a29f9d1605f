package dev.lockstep.harness.measurement.machine;

import dev.lockstep.harness.measurement.statistics.Estimators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Watches for some seconds what happens on the machine while nothing is measured, and how steadily
/// it does a fixed piece of work.
final class MachineWatch {
  private static final double MAX_FOREIGN_CORES = 0.1;
  private static final double MAX_STOLEN = 0.01;
  private static final double MAX_UNSTEADINESS = 0.05;
  private static final int STOLEN_FIELD = 8;

  /// A slice of the work by which steadiness is judged.
  private static final int SLICE_STEPS = 2_000_000;

  private final Path root;
  private final int processors;

  /// @param root where `/proc` is
  /// @param processors how many this JVM may use
  MachineWatch(Path root, int processors) {
    this.root = root;
    this.processors = processors;
  }

  /// @param watched for how long
  List<Symptom> watch(Duration watched) {
    ForeignLoad foreign = new ForeignLoad(root.resolve("proc/stat"));
    ForeignLoad.Reading start = foreign.read();
    Long stolenBefore = stolenTicks();
    Long swappedBefore = swappedPages();
    long begin = System.nanoTime();
    double unsteadiness = unsteadiness(begin + watched.toNanos());
    double seconds = (System.nanoTime() - begin) / 1e9;
    foreign.addSince(start);
    return List.of(
        others(foreign.cores(), seconds),
        stolen(stolenBefore, stolenTicks(), seconds),
        swapped(swappedBefore, swappedPages(), seconds),
        steadiness(unsteadiness));
  }

  private Symptom others(@Nullable Double cores, double seconds) {
    if (cores == null) {
      return Symptom.unknown("other programs");
    }
    String finding =
        String.format(
            Locale.ROOT, "kept %.2f of %d cores busy for %.0f s", cores, processors, seconds);
    return cores <= MAX_FOREIGN_CORES
        ? Symptom.good("other programs", finding)
        : Symptom.bad("other programs", finding, "end them, or wait; top shows them");
  }

  private Symptom stolen(@Nullable Long before, @Nullable Long after, double seconds) {
    if (before == null || after == null) {
      return Symptom.unknown("hypervisor");
    }
    double share = (after - before) / 100.0 / (seconds * processors);
    String finding = String.format(Locale.ROOT, "took %.1f %% of the processors", 100 * share);
    return share <= MAX_STOLEN
        ? Symptom.good("hypervisor", finding)
        : Symptom.bad("hypervisor", finding, "take a machine with processors of its own");
  }

  private static Symptom swapped(@Nullable Long before, @Nullable Long after, double seconds) {
    if (before == null || after == null) {
      return Symptom.unknown("swapping");
    }
    String finding =
        String.format(Locale.ROOT, "%d pages in or out in %.0f s", after - before, seconds);
    return after.equals(before)
        ? Symptom.good("swapping", finding)
        : Symptom.bad("swapping", finding, "free memory, or swapoff -a");
  }

  private static Symptom steadiness(double unsteadiness) {
    String finding =
        String.format(
            Locale.ROOT,
            "one time in ten the same work takes %.1f %% longer than usual",
            100 * unsteadiness);
    return unsteadiness <= MAX_UNSTEADINESS
        ? Symptom.good("steadiness", finding)
        : Symptom.bad(
            "steadiness", finding, "measure more forks: --forks auto decides how many it takes");
  }

  /// By how much the 90th percentile of the time of a fixed piece of work exceeds its median.
  private static double unsteadiness(long end) {
    List<Double> millis = new ArrayList<>();
    double sink = 0;
    do {
      long start = System.nanoTime();
      sink += slice();
      millis.add((System.nanoTime() - start) / 1e6);
    } while (System.nanoTime() < end);
    if (Double.isNaN(sink)) {
      throw new IllegalStateException("the work is finite");
    }
    // The first half is the compiler's.
    double[] warm = millis.stream().skip(millis.size() / 2).mapToDouble(m -> m).sorted().toArray();
    return warm[(int) (0.9 * (warm.length - 1))] / Estimators.median(warm) - 1;
  }

  private static double slice() {
    double x = 0;
    for (int i = 0; i < SLICE_STEPS; i++) {
      x = 0.5 * x + i;
    }
    return x;
  }

  private @Nullable Long stolenTicks() {
    String line = Doctor.first(root.resolve("proc/stat"));
    String[] fields = line == null ? new String[0] : line.split(" +");
    return fields.length > STOLEN_FIELD && fields[0].equals("cpu")
        ? Long.valueOf(fields[STOLEN_FIELD])
        : null;
  }

  private @Nullable Long swappedPages() {
    try (Stream<String> lines = Files.lines(root.resolve("proc/vmstat"))) {
      long[] counts =
          lines
              .filter(line -> line.startsWith("pswpin ") || line.startsWith("pswpout "))
              .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
              .toArray();
      return counts.length == 0 ? null : (Long) Arrays.stream(counts).sum();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }
}
