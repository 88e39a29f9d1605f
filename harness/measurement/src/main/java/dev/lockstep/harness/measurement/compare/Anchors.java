package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.compare.Difference.Kind;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.worker.error.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The backends by which two runs are linked: both hold them, and they did not change. How a
/// backend's ratio to them moved from one run to the other is how it changed itself, whatever the
/// machine did meanwhile.
///
/// Which did not change depends on what is compared:
/// - **Nothing or options**: the code is the same, so every other backend that both hold with the
///   same options is an anchor, and each is judged by the others.
/// - **A revision** may have changed every backend. The reference stages `naive` and `kvcache` are
///   the anchors: their code is the formula, and changes least.
/// - **A JVM** compiles every backend, so there is no anchor unless the user names one, such as a
///   GPU backend.
///
/// The user can name others. Anchors that were named or assumed are not judged; but if one of them
/// moved against the rest, none of them is believed.
///
/// @param pairs the anchors
/// @param assumed whether they are taken as unchanged, and so not judged
/// @param absence why there is none, if there is none
record Anchors(List<Pair> pairs, boolean assumed, String absence) {
  private static final String REMEDY = "name a backend that did not change with --anchor";

  /// @param named by the user; empty for the default
  /// @throws UserError if one that was named cannot be an anchor
  static Anchors choose(
      RecordedRun before,
      RecordedRun after,
      List<Pair> pairs,
      List<Difference> ofRuns,
      List<String> named) {
    if (!named.isEmpty()) {
      return new Anchors(named(before, after, pairs, ofRuns, named), true, "");
    }
    List<Pair> eligible = pairs.stream().filter(pair -> problem(pair, ofRuns) == null).toList();
    if (ofRuns.isEmpty()) {
      return new Anchors(
          eligible, false, "the runs share no other backend with the same options and a speed");
    }
    if (ofRuns.getFirst().kind() == Kind.REVISION) {
      return new Anchors(
          eligible.stream().filter(pair -> pair.before().backend().isReferenceStage()).toList(),
          true,
          "another revision may have changed every backend, and the runs share neither naive nor kvcache; "
              + REMEDY);
    }
    return new Anchors(List.of(), true, "another JVM runs every backend; " + REMEDY);
  }

  private static List<Pair> named(
      RecordedRun before,
      RecordedRun after,
      List<Pair> pairs,
      List<Difference> ofRuns,
      List<String> names) {
    Map<String, RecordedBackend> shared = new LinkedHashMap<>();
    Map<String, Pair> byLabel = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      if (pair.hasOneLabel()) {
        shared.put(pair.label(), pair.before().backend());
        byLabel.put(pair.label(), pair);
      }
    }
    String where = before.directory() + " and " + after.directory() + " share";
    Map<String, Pair> anchors = new LinkedHashMap<>();
    for (String name : names) {
      String label = BackendNames.resolve("--anchor", name, shared, where).label();
      Pair pair = byLabel.get(label);
      if (pair != null) {
        String problem = problem(pair, ofRuns);
        if (problem != null) {
          throw UserError.usage("--anchor %s: %s; name another".formatted(name, problem));
        }
        anchors.put(label, pair);
      }
    }
    return List.copyOf(anchors.values());
  }

  /// Why a pair cannot link the runs; null if it can.
  private static @Nullable String problem(Pair pair, List<Difference> ofRuns) {
    String problem = pair.problem();
    if (problem != null) {
      return problem;
    }
    if (pair.before().isApproximate()) {
      return pair.label() + " is approximate, and may do other work in each run";
    }
    List<Difference> all =
        Differences.ofBackend(pair.before().backend(), pair.after().backend(), ofRuns);
    return all.size() > ofRuns.size()
        ? "%s differs itself: %s".formatted(pair.label(), all.getLast())
        : null;
  }

  /// Those by which a pair is judged.
  List<Pair> of(Pair judged) {
    return pairs.stream().filter(pair -> !pair.equals(judged)).toList();
  }

  /// Whether a pair is taken as unchanged.
  boolean assumes(Pair pair) {
    return assumed && pairs.contains(pair);
  }

  String labels() {
    return pairs.stream().map(Pair::label).collect(Collectors.joining(", "));
  }

  /// How one of some anchors moved against the others; null if none is seen to have moved.
  static @Nullable String disagreement(
      List<Pair> anchors, CommonPrompts.Scope scope, Metric metric, VerdictRule rule) {
    // Of two, each moved as much against the other.
    int checked = anchors.size() == 2 ? 1 : anchors.size();
    for (int i = 0; anchors.size() > 1 && i < checked; i++) {
      Pair anchor = anchors.get(i);
      List<Pair> rest = new ArrayList<>(anchors);
      rest.remove(i);
      SpeedUp moved = Links.speedUp(anchor, rest, scope, metric, rule);
      Conclusion conclusion = moved == null ? null : Conclusion.of(moved);
      if (conclusion == Conclusion.FASTER || conclusion == Conclusion.SLOWER) {
        return "its anchors moved against each other: %s became %s than %s; one of them changed, so name one that did not with --anchor"
            .formatted(
                anchor.label(),
                conclusion.label(),
                rest.stream().map(Pair::label).collect(Collectors.joining(", ")));
      }
    }
    return null;
  }
}
