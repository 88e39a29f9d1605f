package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Which machines are of one kind: those whose figures may stand in one table. Machines of a class
/// have the same processor, cores, memory, limits, pinning and system, the same JVM, and the same
/// devices and drivers under their backends.
public final class MachineClasses {
  private MachineClasses() {}

  /// Runs by class, in the order in which the first of each comes.
  public static List<List<RecordedRun>> of(List<RecordedRun> runs) {
    List<List<RecordedRun>> classes = new ArrayList<>();
    for (RecordedRun run : runs) {
      classes.stream()
          .filter(known -> isSame(known.getFirst(), run))
          .findFirst()
          .orElseGet(
              () -> {
                List<RecordedRun> own = new ArrayList<>();
                classes.add(own);
                return own;
              })
          .add(run);
    }
    return classes;
  }

  private static boolean isSame(RecordedRun one, RecordedRun other) {
    return Differences.between(one, other).stream()
            .noneMatch(
                each ->
                    each.kind() == Difference.Kind.MACHINE || each.kind() == Difference.Kind.JVM)
        && devices(one).equals(devices(other));
  }

  /// Of the backends that ran, with the drivers that these tell of.
  private static Set<String> devices(RecordedRun run) {
    Set<String> devices = new TreeSet<>();
    for (JsonNode backend : run.environment().path("backends")) {
      JsonNode driver = backend.at("/execution_path/driver");
      if (driver.isTextual()) {
        devices.add(backend.path("backend").asText() + " by " + driver.asText());
      }
    }
    for (Sample sample : run.samples()) {
      if (sample.isTimed()) {
        devices.add(sample.key().label() + " on " + sample.device());
      }
    }
    return devices;
  }
}
