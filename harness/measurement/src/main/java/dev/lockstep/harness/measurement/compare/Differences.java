package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.compare.Difference.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What differs between two runs.
///
/// A **machine** is its CPU, how many cores, memory (within 2 %, which a virtual machine's reboot
/// may change it by), quota, the processors that workers were pinned to, operating system and
/// architecture; its kernel, load and huge pages are not compared. A **JVM** is its name, version,
/// vendor and the options that the environment gave it. A **revision** is the commit; one that is
/// not recorded, or had uncommitted changes, may be any code, so it differs even from itself.
final class Differences {
  private static final List<String> MACHINE =
      List.of("os", "arch", "cpu", "cores", "cpu_limit", "pinned_to");
  private static final List<String> JVM =
      List.of("jvm", "jvm_version", "jvm_vendor", "jvm_options");
  private static final List<String> MEMORY = List.of("memory_bytes", "memory_limit_bytes");
  private static final double SAME_MEMORY = 0.02;

  private Differences() {}

  /// What differs between the runs as wholes.
  static List<Difference> between(RecordedRun before, RecordedRun after) {
    List<Difference> differences = new ArrayList<>();
    List<String> machine = fields(MACHINE, before.host(), after.host());
    for (String field : MEMORY) {
      double old = before.host().path(field).asDouble();
      double recent = after.host().path(field).asDouble();
      if (Math.abs(old - recent) > SAME_MEMORY * Math.max(old, recent)) {
        machine.addAll(fields(List.of(field), before.host(), after.host()));
      }
    }
    add(differences, Kind.MACHINE, machine);
    add(differences, Kind.JVM, fields(JVM, before.host(), after.host()));
    String change = before.revision() + " → " + after.revision();
    if (!before.revision().equals(after.revision())) {
      differences.add(new Difference(Kind.REVISION, change));
    } else if (!before.revisionTellsCode()) {
      differences.add(
          new Difference(Kind.REVISION, change + ", which may be different code on each side"));
    }
    return differences;
  }

  /// What differs besides between a backend in one run and in the other. With another revision its
  /// defaults and its worker's flags are part of that; with the same one the user has set them.
  ///
  /// @param ofRuns what [#between] says
  static List<Difference> ofBackend(
      RecordedBackend before, RecordedBackend after, List<Difference> ofRuns) {
    List<Difference> differences = new ArrayList<>(ofRuns);
    boolean sameCode = ofRuns.stream().noneMatch(each -> each.kind() == Kind.REVISION);
    if (!before.label().equals(after.label())) {
      differences.add(new Difference(Kind.OPTIONS, before.label() + " → " + after.label()));
    } else if (sameCode && !before.options().equals(after.options())) {
      add(differences, Kind.OPTIONS, allFields(before.options(), after.options()));
    }
    boolean otherJvm = ofRuns.stream().anyMatch(each -> each.kind() == Kind.JVM);
    boolean sameOptions = before.options().equals(after.options());
    if (sameCode
        && sameOptions
        && !otherJvm
        && !before.jvmArguments().equals(after.jvmArguments())) {
      differences.add(
          new Difference(
              Kind.JVM,
              "its flags: %s → %s".formatted(before.jvmArguments(), after.jvmArguments())));
    }
    return differences;
  }

  private static void add(List<Difference> differences, Kind kind, List<String> details) {
    if (!details.isEmpty()) {
      differences.add(new Difference(kind, String.join("; ", details)));
    }
  }

  private static List<String> allFields(JsonNode before, JsonNode after) {
    TreeSet<String> names = new TreeSet<>();
    before.fieldNames().forEachRemaining(names::add);
    after.fieldNames().forEachRemaining(names::add);
    return fields(List.copyOf(names), before, after);
  }

  private static List<String> fields(List<String> names, JsonNode before, JsonNode after) {
    List<String> details = new ArrayList<>();
    for (String name : names) {
      String old = text(before.path(name));
      String recent = text(after.path(name));
      if (!Objects.equals(old, recent)) {
        details.add("%s: %s → %s".formatted(name, orNone(old), orNone(recent)));
      }
    }
    return details;
  }

  private static @Nullable String text(JsonNode value) {
    if (value.isMissingNode()) {
      return null;
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private static String orNone(@Nullable String text) {
    return text == null ? "not recorded" : text;
  }
}
