package dev.lockstep.harness.worker.machine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The options that the environment gives to every JVM, this one and the workers'. Together with
/// options of our own they may contradict: a JVM that is told to use two garbage collectors, or to
/// begin with a larger heap than it may have, does not start.
///
/// @param variables those that are set, with their values
public record JavaOptions(Map<String, String> variables) {
  /// What the JVM reads. The command line has the last word, but for `_JAVA_OPTIONS`.
  private static final List<String> NAMES =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+(Use[A-Za-z0-9]+GC)");
  private static final Pattern NAMED = Pattern.compile("-XX:[+-]?([A-Za-z0-9]+)(=.*)?");
  private static final Pattern SIZE =
      Pattern.compile("(?:-Xm[sx]|-XX:InitialHeapSize=)(\\d{1,12})([kKmMgGtT]?)");
  private static final String HEAP_SIZE = "heap";
  private static final String FIRST_HEAP_SIZE = "InitialHeapSize";
  private static final Set<String> HEAP =
      Set.of("MaxHeapSize", "MaxRAM", "MaxRAMPercentage", "MaxRAMFraction");
  private static final Set<String> YOUNG =
      Set.of("NewSize", "MaxNewSize", "NewRatio", "G1NewSizePercent", "G1MaxNewSizePercent");

  public JavaOptions {
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /// Those of this process.
  public static JavaOptions ofEnvironment() {
    return of(System.getenv());
  }

  /// Those of a process with another environment.
  static JavaOptions of(Map<String, String> environment) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String name : NAMES) {
      String value = environment.getOrDefault(name, "");
      if (!value.isBlank()) {
        variables.put(name, value);
      }
    }
    return new JavaOptions(variables);
  }

  /// `JAVA_TOOL_OPTIONS=-XX:+UseG1GC`, or empty if nothing is set.
  public String describe() {
    return variables.entrySet().stream()
        .map(variable -> variable.getKey() + "=" + variable.getValue())
        .collect(Collectors.joining(", "));
  }

  /// The flags of a JVM whose defaults the environment and the user may overrule.
  ///
  /// @param defaults ours; those are left out that decide what the environment or the user decides
  /// @param users come last, and win over the environment too
  public List<String> merge(List<String> defaults, List<String> users) {
    List<String> given = words();
    List<String> chosen = new ArrayList<>(given);
    chosen.addAll(users);
    Set<String> decided =
        chosen.stream()
            .map(JavaOptions::decides)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet());
    List<String> flags = new ArrayList<>();
    for (String flag : defaults) {
      // A first heap of ours could be more than a greatest heap of theirs.
      boolean firstHeap = flag.startsWith("-Xms") && decided.contains(HEAP_SIZE);
      if (!firstHeap && decides(flag).filter(decided::contains).isEmpty()) {
        flags.add(withRoomFor(flag, chosen));
      }
    }
    Set<String> collectors = collectors(users);
    if (!collectors.isEmpty()) {
      collectors(given).stream()
          .filter(other -> !collectors.contains(other))
          .forEach(other -> flags.add("-XX:-" + other));
    }
    flags.addAll(users);
    return flags;
  }

  /// The words of all variables and of the files that they name.
  private List<String> words() {
    List<String> words = new ArrayList<>();
    for (String value : variables.values()) {
      for (String word : split(value)) {
        words.add(word);
        String file =
            word.startsWith("@")
                ? word.substring(1)
                : word.replaceFirst("^-XX:(?:Flags|VMOptionsFile)=", "");
        if (!file.equals(word)) {
          Cgroup.lines(Path.of(file)).forEach(line -> words.addAll(split(line)));
        }
      }
    }
    return words;
  }

  private static List<String> split(String text) {
    return Arrays.asList(text.replaceAll("[\"']", "").strip().split("\\s+"));
  }

  private static Set<String> collectors(List<String> flags) {
    return flags.stream()
        .map(COLLECTOR::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .collect(Collectors.toSet());
  }

  /// What a flag decides; another flag that decides the same overrules it. Empty for a flag that
  /// only adds something.
  private static Optional<String> decides(String flag) {
    if (COLLECTOR.matcher(flag).matches()) {
      return Optional.of("collector");
    }
    Matcher named = NAMED.matcher(flag);
    if (named.matches()) {
      String name = named.group(1);
      return Optional.of(HEAP.contains(name) ? HEAP_SIZE : YOUNG.contains(name) ? "young" : name);
    }
    if (flag.startsWith("-Xmx")) {
      return Optional.of(HEAP_SIZE);
    }
    if (flag.startsWith("-Xms")) {
      return Optional.of(FIRST_HEAP_SIZE);
    }
    return flag.startsWith("-Xmn") ? Optional.of("young") : Optional.empty();
  }

  /// A greatest heap of ours grows to the first heap that is asked for.
  private static String withRoomFor(String flag, List<String> chosen) {
    Long greatest = flag.startsWith("-Xmx") ? size(flag) : null;
    if (greatest == null) {
      return flag;
    }
    long first = greatest;
    for (String word : chosen) {
      Long size = size(word);
      first = size == null ? first : Math.max(first, size);
    }
    return first == greatest ? flag : "-Xmx" + first;
  }

  private static @Nullable Long size(String flag) {
    Matcher matcher = SIZE.matcher(flag);
    if (!matcher.matches()) {
      return null;
    }
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    return Long.parseLong(matcher.group(1))
        << (unit.isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(unit)));
  }
}
