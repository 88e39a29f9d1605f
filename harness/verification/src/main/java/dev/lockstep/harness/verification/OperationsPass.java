package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Watches a backend compute one short sequence, a prompt at once and then token by token, and has
/// every operation that it shows judged, as `verify --explain` does.
public final class OperationsPass {
  private static final int PROMPT = 6;
  private static final int NEXT = 2;

  private final Gpt2Weights weights;
  private final int[] prompt;
  private final int[] next;

  /// @param tokens whose beginning is used
  public OperationsPass(Gpt2Weights weights, int[] tokens) {
    this.weights = weights;
    int length = Math.clamp(tokens.length - NEXT, 1, PROMPT);
    prompt = Arrays.copyOf(tokens, length);
    next = Arrays.copyOfRange(tokens, length, Math.min(tokens.length, length + NEXT));
  }

  /// How many tokens are watched.
  public int tokens() {
    return prompt.length + next.length;
  }

  /// What was found.
  ///
  /// @param problem what is wrong, in one line; null if nothing is
  public record Result(Explanation explanation, @Nullable String problem) {}

  /// Watches a worker with the model loaded.
  ///
  /// @throws WorkerFailure if the backend fails, or shows what is no activation
  public Result watch(Worker worker, Duration timeout) throws WorkerFailure {
    return watch(Playback.ScriptRunner.of(worker, timeout));
  }

  Result watch(Playback.ScriptRunner runner) throws WorkerFailure {
    Script script =
        new ConsistencyScripts(weights.config(), prompt, next).prefillAndDecode(next).observed();
    try (Playback play = Playback.of(runner, script, weights.config().vocabSize())) {
      RecordedTrace trace = new RecordedTrace(play, 0, weights.config());
      Explanation explanation = new Explainer(weights, operation -> {}).explain(trace);
      List<String> missing = new ArrayList<>(play.played().shown());
      missing.removeAll(explanation.shown());
      String problem =
          explanation
              .finding()
              .map(
                  finding ->
                      finding.describe() + finding.hint().map(hint -> " (" + hint + ")").orElse(""))
              .orElse(
                  missing.isEmpty()
                      ? null
                      : "it promises to show " + String.join(", ", missing) + ", and does not");
      return new Result(explanation, problem);
    }
  }
}
