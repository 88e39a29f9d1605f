package dev.lockstep.harness.verification;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.diagnosis.operation.Trace;
import dev.lockstep.harness.worker.ActivationsFile;
import dev.lockstep.harness.worker.PlayStep;
import dev.lockstep.harness.worker.WorkerFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What one session of a [Playback] showed of the tokens that it holds at the end. Valid until the
/// playback is closed.
///
/// `lm_head` is what a call returned: that is what the caller goes by, whatever was shown. Where
/// both are the same, the row that was shown is taken, which may have more bits.
final class RecordedTrace implements Trace {
  private static final String FORGOTTEN = "of the tokens before the rewind";

  private final Playback playback;
  private final int session;
  private final int[] tokens;
  private final int[] firstOfCall;
  private final Map<String, TreeMap<Integer, Source>> rows = new HashMap<>();
  private final TreeMap<Integer, Integer> returned = new TreeMap<>();
  private final Map<String, Map<Integer, List<Other>>> others = new HashMap<>();

  /// Where a row lies.
  private sealed interface Source {
    record Activation(ActivationsFile.Entry entry) implements Source {}

    record Logits(int row) implements Source {}
  }

  /// Which head rows were shown; the logits stand in for the others.
  private boolean isShown(int position) {
    TreeMap<Integer, Source> heads = rows.get(Activations.LM_HEAD);
    return heads != null && heads.get(position) instanceof Source.Activation;
  }

  private record Other(String origin, ActivationsFile.Entry entry) {}

  /// @throws WorkerFailure if something was shown that a backend must not show
  RecordedTrace(Playback playback, int session, Gpt2Config config) throws WorkerFailure {
    this.playback = playback;
    this.session = session;
    tokens = playback.script().tokensOf(session);
    firstOfCall = playback.script().callsOf(session);
    Map<String, Integer> lengths = lengths(config);
    Map<Integer, List<ActivationsFile.Entry>> shownIn = new HashMap<>();
    for (ActivationsFile.Entry entry : playback.activations().entries()) {
      check(entry, lengths);
      shownIn.computeIfAbsent(entry.step(), step -> new ArrayList<>()).add(entry);
    }
    List<Script.Row> logits = playback.script().rows();
    List<PlayStep> steps = playback.script().steps();
    for (int step = 0; step < steps.size(); step++) {
      if (steps.get(step).session() == session) {
        if (steps.get(step).action() == PlayStep.Action.REWIND) {
          forget(steps.get(step).count());
        }
        addLogits(step, logits);
      }
      shownIn.getOrDefault(step, List.of()).forEach(this::add);
    }
    forget(tokens.length);
  }

  /// Later rows of a session take the place of earlier ones, which become foreign.
  private void forget(int position) {
    returned.tailMap(position).clear();
    for (TreeMap<Integer, Source> known : rows.values()) {
      Map<Integer, Source> gone = known.tailMap(position);
      gone.values().forEach(this::forgotten);
      gone.clear();
    }
  }

  private void forgotten(Source source) {
    if (source instanceof Source.Activation(ActivationsFile.Entry entry)) {
      other(entry, FORGOTTEN);
    }
  }

  private void addLogits(int step, List<Script.Row> logits) {
    for (int row = 0; row < logits.size(); row++) {
      if (logits.get(row).step() == step) {
        ofName(Activations.LM_HEAD).put(logits.get(row).position(), new Source.Logits(row));
        returned.put(logits.get(row).position(), row);
      }
    }
  }

  private static Map<String, Integer> lengths(Gpt2Config config) {
    Map<String, Integer> lengths = new HashMap<>();
    for (String name : Activations.all(config)) {
      lengths.put(name, Activations.length(config, name));
    }
    return lengths;
  }

  private static void check(ActivationsFile.Entry entry, Map<String, Integer> lengths)
      throws WorkerFailure {
    Integer length = lengths.get(entry.name());
    if (length == null || length != entry.length() || entry.position() < 0) {
      throw new WorkerFailure(
          WorkerFailure.Kind.INVALID_REPLY,
          String.format(
              Locale.ROOT,
              "the backend shows '%s' at position %d with %d values, %s",
              entry.name(),
              entry.position(),
              entry.length(),
              length == null ? "which is no activation" : "not " + length));
    }
  }

  private void add(ActivationsFile.Entry entry) {
    if (entry.session() != session) {
      other(entry, "of session " + entry.session());
      return;
    }
    ofName(entry.name()).put(entry.position(), new Source.Activation(entry));
  }

  private TreeMap<Integer, Source> ofName(String name) {
    return rows.computeIfAbsent(name, n -> new TreeMap<>());
  }

  private void other(ActivationsFile.Entry entry, String origin) {
    others
        .computeIfAbsent(entry.name(), n -> new HashMap<>())
        .computeIfAbsent(entry.position(), p -> new ArrayList<>())
        .add(new Other(origin, entry));
  }

  @Override
  public int firstOfCall(int position) {
    return firstOfCall[position];
  }

  @Override
  public int[] tokens() {
    return tokens;
  }

  @Override
  public Set<String> shown() {
    return new LinkedHashSet<>(rows.keySet());
  }

  @Override
  public int[] positions(String name) {
    TreeMap<Integer, Source> known = rows.get(name);
    return known == null
        ? new int[0]
        : known.keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public boolean has(String name, int position) {
    TreeMap<Integer, Source> known = rows.get(name);
    return known != null && known.containsKey(position);
  }

  @Override
  public double[] row(String name, int position) {
    Integer row = name.equals(Activations.LM_HEAD) ? returned.get(position) : null;
    if (row != null && isShown(position)) {
      double[] logits = logits(row);
      double[] shown = shownRow(name, position);
      return sameInSingle(shown, logits) ? shown : logits;
    }
    return shownRow(name, position);
  }

  /// Whether a row that may be in double precision is what was returned in single.
  private static boolean sameInSingle(double[] shown, double[] returned) {
    for (int i = 0; i < shown.length; i++) {
      if (Double.compare((float) shown[i], (float) returned[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Optional<double[]> headShownOtherwise(int position) {
    Integer row = returned.get(position);
    if (row == null || !isShown(position)) {
      return Optional.empty();
    }
    double[] shown = shownRow(Activations.LM_HEAD, position);
    return sameInSingle(shown, logits(row)) ? Optional.empty() : Optional.of(shown);
  }

  private double[] shownRow(String name, int position) {
    TreeMap<Integer, Source> known = rows.get(name);
    Source source = known == null ? null : known.get(position);
    return switch (source) {
      case Source.Activation(ActivationsFile.Entry entry) -> read(entry);
      case Source.Logits(int row) -> logits(row);
      case null ->
          throw new IllegalArgumentException(name + " was not shown at position " + position);
    };
  }

  private double[] logits(int row) {
    try {
      return playback.logits(row);
    } catch (WorkerFailure e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  private double[] read(ActivationsFile.Entry entry) {
    try {
      return playback.activations().row(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Foreign> foreign(String name, int position) {
    return others.getOrDefault(name, Map.of()).getOrDefault(position, List.of()).stream()
        // Another session may have had the same tokens; what the session itself forgot is nearer.
        .sorted(Comparator.comparing(other -> !other.origin().equals(FORGOTTEN)))
        .map(other -> new Foreign(other.origin(), read(other.entry())))
        .toList();
  }
}
