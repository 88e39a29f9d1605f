package dev.lockstep.harness.measurement.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.harness.worker.machine.Cgroup;
import dev.lockstep.harness.worker.machine.JavaOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `environment.json`: everything one needs to know to judge, or repeat, a run.
public final class EnvironmentJson {
  public static final String FILE_NAME = "environment.json";
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private EnvironmentJson() {}

  /// The machine and the JVM that this process runs on.
  public static Map<String, Object> host() {
    Map<String, Object> host = new LinkedHashMap<>();
    Cgroup limits = Cgroup.of(Path.of("/"));
    host.put("os", System.getProperty("os.name"));
    host.put("os_version", System.getProperty("os.version"));
    host.put("arch", System.getProperty("os.arch"));
    put(host, "cpu", ofCpuInfo("model name"));
    host.put("cores", Runtime.getRuntime().availableProcessors());
    var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    if (system instanceof com.sun.management.OperatingSystemMXBean memory) {
      host.put("memory_bytes", memory.getTotalMemorySize());
    }
    put(host, "memory_limit_bytes", limits.memoryLimitBytes());
    put(host, "cpu_limit", limits.processors());
    host.put("load_average", system.getSystemLoadAverage());
    put(
        host,
        "transparent_hugepages",
        firstLine(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")));
    put(
        host,
        "cpu_governor",
        firstLine(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")));
    put(host, "cpu_mhz", ofCpuInfo("cpu MHz"));
    put(host, "smt", siblings(firstLine(Path.of("/sys/devices/system/cpu/smt/active"))));
    put(host, "virtual", virtual());
    host.put("jvm", System.getProperty("java.vm.name"));
    host.put("jvm_version", Runtime.version().toString());
    host.put("jvm_vendor", System.getProperty("java.vendor"));
    Map<String, String> options = JavaOptions.ofEnvironment().variables();
    put(host, "jvm_options", options.isEmpty() ? null : options);
    return host;
  }

  private static void put(Map<String, Object> map, String key, @Nullable Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  /// Of the first processor.
  private static @Nullable String ofCpuInfo(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith(field))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  private static @Nullable String siblings(@Nullable String active) {
    return active == null ? null : active.equals("0") ? "off" : "on";
  }

  /// What lies between this process and the machine, as far as it shows; null if nothing does.
  private static @Nullable String virtual() {
    String flags = ofCpuInfo("flags");
    boolean machine = flags != null && List.of(flags.split(" ")).contains("hypervisor");
    boolean container =
        Files.exists(Path.of("/.dockerenv")) || Files.exists(Path.of("/run/.containerenv"));
    if (container) {
      return machine ? "container, virtual machine" : "container";
    }
    return machine ? "virtual machine" : null;
  }

  private static @Nullable String firstLine(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return null;
    }
  }

  /// JSON text of nested maps and lists.
  public static String text(Map<String, Object> content) {
    try {
      return JSON.writeValueAsString(content) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// JSON text of a document.
  public static String text(JsonNode document) {
    try {
      return JSON.writeValueAsString(document) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// A document with nothing in it yet.
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /// A value as a part of a document.
  public static JsonNode node(@Nullable Object value) {
    return JSON.valueToTree(value);
  }

  /// The numbers of an array.
  public static int[] ints(JsonNode array) {
    int[] numbers = new int[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.path(i).asInt();
    }
    return numbers;
  }

  /// An existing file.
  ///
  /// @throws IOException if it cannot be read; a [JsonProcessingException] if it is not JSON
  public static JsonNode read(Path file) throws IOException {
    return JSON.readTree(Files.readAllBytes(file));
  }

  /// A value as [#read] gives it.
  public static JsonNode tree(Object value) throws JsonProcessingException {
    return JSON.readTree(JSON.writeValueAsString(value));
  }

  /// The JSON text of one value.
  public static String compact(Object value) {
    return JSON.valueToTree(value).toString();
  }
}
