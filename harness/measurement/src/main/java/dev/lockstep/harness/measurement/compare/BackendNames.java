package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.Nearest;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a backend is called on the command line: its label, or its id where only one has it.
final class BackendNames {
  private BackendNames() {}

  /// @param option where the name stands
  /// @param where which run or runs hold the candidates
  /// @throws UserError if it is none of the candidates
  static RecordedBackend resolve(
      String option, String name, Map<String, RecordedBackend> candidates, String where) {
    RecordedBackend exact = candidates.get(name);
    if (exact != null) {
      return exact;
    }
    List<RecordedBackend> byId =
        candidates.values().stream().filter(each -> each.name().equals(name)).toList();
    if (byId.size() == 1) {
      return byId.getFirst();
    }
    String labels = candidates.keySet().stream().collect(Collectors.joining(", "));
    throw UserError.usage(
        byId.isEmpty()
            ? "%s: %s no backend '%s'%s; there %s"
                .formatted(
                    option,
                    where,
                    name,
                    Nearest.hint(name, candidates.keySet()),
                    labels.isEmpty() ? "is none" : "are " + labels)
            : "%s: '%s' may be any of %s; write one of them out"
                .formatted(
                    option,
                    name,
                    byId.stream().map(RecordedBackend::label).collect(Collectors.joining(", "))));
  }
}
