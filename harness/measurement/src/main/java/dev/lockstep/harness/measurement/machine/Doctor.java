package dev.lockstep.harness.measurement.machine;

import dev.lockstep.harness.worker.machine.AvailableMemory;
import dev.lockstep.harness.worker.machine.Cgroup;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
    symptoms.addAll(new MachineWatch(root, processors).watch(watched));
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

  private @Nullable String first(String file) {
    return first(root.resolve(file));
  }

  /// The first line of a file, or null.
  static @Nullable String first(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().map(String::strip).orElse(null);
    } catch (IOException | RuntimeException e) {
      return null; // no Linux, or it does not tell
    }
  }
}
