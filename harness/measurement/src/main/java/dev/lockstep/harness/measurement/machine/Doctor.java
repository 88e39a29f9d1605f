package dev.lockstep.harness.measurement.machine;

import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.worker.machine.AvailableMemory;
import dev.lockstep.harness.worker.machine.Cgroup;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Looks for what would spoil a measurement on this machine: at what Linux tells of itself
/// (proc(5), sysfs), and for some seconds at what happens while nothing is measured. It changes
/// nothing.
public final class Doctor {
  private static final long MIN_MEMORY_BYTES = 2L << 30;
  private static final double MAX_FOREIGN_CORES = 0.1;
  private static final double MAX_STOLEN = 0.01;
  private static final double MAX_UNSTEADINESS = 0.05;
  private static final int STOLEN_FIELD = 8;

  /// A slice of the work by which steadiness is judged.
  private static final int SLICE_STEPS = 2_000_000;

  private final Path root;
  private final int processors;
  private final Map<String, String> environment;
  private final String build;

  /// @param root where `/proc` and `/sys` are
  /// @param processors how many this JVM may use
  /// @param environment the environment variables
  /// @param build what kind of build the JVM is, as `jdk.debug` says: `release`, or a debug build
  Doctor(Path root, int processors, Map<String, String> environment, String build) {
    this.root = root;
    this.processors = processors;
    this.environment = Map.copyOf(environment);
    this.build = build;
  }

  /// One for this machine and this JVM.
  public static Doctor here() {
    return new Doctor(
        Path.of("/"),
        Runtime.getRuntime().availableProcessors(),
        System.getenv(),
        System.getProperty("jdk.debug", "release"));
  }

  /// Looks at everything.
  ///
  /// @param watched how long it watches what happens meanwhile
  public List<Symptom> examine(Duration watched) {
    List<Symptom> symptoms = new ArrayList<>(atRest());
    symptoms.addAll(watch(watched));
    return symptoms;
  }

  /// What can be read at any moment.
  List<Symptom> atRest() {
    return List.of(
        quota(), governor(), throttled(), siblings(), clock(), hugePages(), memory(), jvm());
  }

  private Symptom quota() {
    Double quota = Cgroup.of(root).processors();
    String has = processors + (processors == 1 ? " processor" : " processors");
    return quota == null
        ? Symptom.good("processors", has + ", no quota")
        : Symptom.bad(
            "processors",
            String.format(Locale.ROOT, "a quota of %.2g processors", quota),
            "a quota stops threads in the middle of an answer; give whole processors instead (in a container --cpuset-cpus, not --cpus)");
  }

  private Symptom governor() {
    String governor = first("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    if (governor == null) {
      return Symptom.unknown("frequency");
    }
    return governor.equals("performance")
        ? Symptom.good("frequency", "governor performance")
        : Symptom.bad(
            "frequency",
            "governor " + governor,
            "the clock rate follows the load late; cpupower frequency-set -g performance");
  }

  private Symptom throttled() {
    Long times = null;
    try (DirectoryStream<Path> cpus =
        Files.newDirectoryStream(root.resolve("sys/devices/system/cpu"), "cpu[0-9]*")) {
      for (Path cpu : cpus) {
        String count = first(cpu.resolve("thermal_throttle/core_throttle_count"));
        if (count != null) {
          times = (times == null ? 0 : times) + Long.parseLong(count);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return Symptom.unknown("temperature");
    }
    if (times == null) {
      return Symptom.unknown("temperature");
    }
    return times == 0
        ? Symptom.good("temperature", "never throttled since the start")
        : Symptom.bad(
            "temperature",
            "throttled " + times + " times since the start",
            "see that it is cooled, or measure for shorter");
  }

  private Symptom siblings() {
    String active = first("sys/devices/system/cpu/smt/active");
    if (active == null) {
      return Symptom.unknown("hardware threads");
    }
    return active.equals("0")
        ? Symptom.good("hardware threads", "a processor is a core")
        : Symptom.bad(
            "hardware threads",
            "two processors share a core",
            "give a backend as many threads as there are cores, and compare with threads=1 to threads="
                + processors);
  }

  private Symptom clock() {
    String source = first("sys/devices/system/clocksource/clocksource0/current_clocksource");
    if (source == null) {
      return Symptom.unknown("clock");
    }
    return List.of("hpet", "acpi_pm", "jiffies").contains(source)
        ? Symptom.bad(
            "clock",
            source + ", which takes microseconds to read",
            "start the kernel with clocksource=tsc if the processor's counter is reliable")
        : Symptom.good("clock", source);
  }

  private Symptom hugePages() {
    String modes = first("sys/kernel/mm/transparent_hugepage/enabled");
    if (modes == null) {
      return Symptom.unknown("large pages");
    }
    return modes.contains("[never]")
        ? Symptom.bad(
            "large pages",
            "never",
            "weights of some hundred megabytes read slower; echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
        : Symptom.good("large pages", modes.replaceAll(".*\\[(\\w+)].*", "$1"));
  }

  private Symptom memory() {
    AvailableMemory available = AvailableMemory.of(root);
    return available.bytes() >= MIN_MEMORY_BYTES
        ? Symptom.good("memory", available.toString())
        : Symptom.bad(
            "memory",
            available.toString(),
            "four backends on the embedded model need some 2 GiB; run says what others need");
  }

  private Symptom jvm() {
    if (!build.equals("release")) {
      return Symptom.bad(
          "JVM", "a " + build + " build", "use a release build of the JDK: LOCKSTEP_JAVA_HOME");
    }
    String set =
        String.join(
            ", ",
            Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
                .filter(name -> !environment.getOrDefault(name, "").isBlank())
                .toList());
    return set.isEmpty()
        ? Symptom.good("JVM", "a release build, no options from the environment")
        : Symptom.bad(
            "JVM",
            set + " is set",
            "its options reach every worker; unset it, or say so with the figures");
  }

  private List<Symptom> watch(Duration watched) {
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
    String line = first("proc/stat");
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

  private @Nullable String first(String file) {
    return first(root.resolve(file));
  }

  /// The first line of a file, or null.
  private static @Nullable String first(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().map(String::strip).orElse(null);
    } catch (IOException | RuntimeException e) {
      return null; // no Linux, or it does not tell
    }
  }
}
