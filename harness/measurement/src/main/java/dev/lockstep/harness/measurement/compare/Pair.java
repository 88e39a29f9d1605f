package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A backend in the earlier run and what it is in the later one.
record Pair(Contender before, Contender after) {
  /// Those with the same label in both, and, where an id has one label left in each, those two:
  /// their options are what is compared.
  static List<Pair> of(RecordedRun before, RecordedRun after, Collection<String> prompts) {
    Map<String, RecordedBackend> old = before.backends();
    Map<String, RecordedBackend> recent = after.backends();
    List<Pair> pairs = new ArrayList<>();
    for (RecordedBackend backend : old.values()) {
      RecordedBackend partner = recent.get(backend.label());
      if (partner == null) {
        List<RecordedBackend> mine = unmatched(backend.name(), old, recent);
        List<RecordedBackend> others = unmatched(backend.name(), recent, old);
        partner = mine.size() == 1 && others.size() == 1 ? others.getFirst() : null;
      }
      if (partner != null) {
        pairs.add(
            new Pair(
                Contender.of(before, backend, prompts), Contender.of(after, partner, prompts)));
      }
    }
    return pairs;
  }

  private static List<RecordedBackend> unmatched(
      String name, Map<String, RecordedBackend> own, Map<String, RecordedBackend> others) {
    return own.values().stream()
        .filter(each -> each.name().equals(name) && !others.containsKey(each.label()))
        .toList();
  }

  boolean hasOneLabel() {
    return before.backend().label().equals(after.backend().label());
  }

  /// As a table calls it.
  String label() {
    return hasOneLabel()
        ? before.backend().label()
        : before.backend().label() + " → " + after.backend().label();
  }

  /// Why the two cannot be compared, whatever links them; null if they can.
  @Nullable String problem() {
    String problem = before.problem() == null ? after.problem() : before.problem();
    return problem == null && before.isApproximate() != after.isApproximate()
        ? label() + " is approximate in one of the runs"
        : problem;
  }

  /// The samples of some pairs on one side.
  static List<List<Sample>> samples(List<Pair> pairs, Function<Pair, Contender> side) {
    return pairs.stream().map(pair -> side.apply(pair).samples()).toList();
  }
}
