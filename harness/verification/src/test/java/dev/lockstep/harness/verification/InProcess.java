package dev.lockstep.harness.verification;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.harness.worker.Player;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/// Backends in the test's own JVM, where a worker would cost a second each.
public final class InProcess {
  private InProcess() {}

  /// A provider on the class path.
  public static Backend backend(String id) {
    return ServiceLoader.load(Backend.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(backend -> backend.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /// A model, loaded with some options.
  public static InferenceModel load(
      Backend backend, Gpt2Weights weights, Map<String, String> options) {
    return backend.load(weights, OptionValues.of(backend.options(), options));
  }

  /// Plays on a model.
  public static Playback play(InferenceModel model, Script script) throws WorkerFailure {
    return Playback.of(runner(model), script, model.config().vocabSize());
  }

  static Playback.ScriptRunner runner(InferenceModel model) {
    return request -> Player.play(model, request);
  }

  /// Naive's logits for some tokens, `[T, V]`.
  static List<double[]> naiveLogits(Gpt2Weights weights, String precision, int[] tokens) {
    List<double[]> rows = new ArrayList<>();
    try (InferenceModel model = load(backend("naive"), weights, Map.of("precision", precision));
        InferenceSession session = model.newSession()) {
      session.forwardAllF64(tokens, (position, logits) -> rows.add(logits.clone()));
    }
    return rows;
  }

  /// As [RoundingBound] has it, without workers.
  static double bound(Gpt2Weights weights, int[] tokens) {
    List<double[]> single = naiveLogits(weights, "f32", tokens);
    List<double[]> exact = naiveLogits(weights, "f64", tokens);
    double error = 0;
    for (int t = 0; t < tokens.length; t++) {
      for (int id = 0; id < exact.get(t).length; id++) {
        double right = exact.get(t)[id];
        error = Math.max(error, Math.abs(single.get(t)[id] - right));
        error = Math.max(error, 0x1p-24 * Math.abs(right));
      }
    }
    return RoundingOracle.ROUNDING_FACTOR * error;
  }

  /// Every trace of a script, one a session.
  static List<RecordedTrace> traces(Playback play, Gpt2Config config) throws WorkerFailure {
    List<RecordedTrace> traces = new ArrayList<>();
    for (int session : play.script().sessions()) {
      traces.add(new RecordedTrace(play, session, config));
    }
    return traces;
  }
}
