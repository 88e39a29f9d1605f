package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/// Where a bug has to show, and the steps of a verification, made in this process.
///
/// @param sequence the tokens that are forced
/// @param prompt its beginning
/// @param next tokens that follow the prompt in it
record Scene(Gpt2Weights weights, int[] sequence, int[] prompt, int[] next) {
  static Scene of(Gpt2Weights weights, long seed, int length, int promptLength, int nextLength) {
    int vocabulary = weights.config().vocabSize();
    int[] sequence = new SplittableRandom(seed).ints(length, 0, vocabulary).toArray();
    return new Scene(
        weights,
        sequence,
        Arrays.copyOf(sequence, promptLength),
        Arrays.copyOfRange(sequence, promptLength, promptLength + nextLength));
  }

  double bound() {
    return InProcess.bound(weights, sequence);
  }

  /// Adds those of the steps that compare with the reference, tokens and logits, which fail.
  void addReferenceSteps(InferenceModel model, double bound, Set<String> caught) {
    List<double[]> right = InProcess.naiveLogits(weights, "f64", sequence);
    LogitsComparison comparison = new LogitsComparison();
    try (InferenceSession session = model.newSession()) {
      session.forwardAllF64(
          sequence, (position, logits) -> comparison.add(right.get(position), logits));
    }
    if (comparison.nonFinite() > 0 || comparison.maxAbsDifference() > bound) {
      caught.add("logits");
    }
    try (InferenceModel naive = InProcess.load(InProcess.backend("naive"), weights, Map.of());
        InferenceSession expected = naive.newSession();
        InferenceSession actual = model.newSession()) {
      List<Integer> expectedTokens = new ArrayList<>();
      List<Integer> tokens = new ArrayList<>();
      int n = Math.min(16, weights.config().nPositions() - prompt.length);
      expected.generateGreedy(prompt, n, expectedTokens::add);
      actual.generateGreedy(prompt, n, tokens::add);
      if (!tokens.equals(expectedTokens)) {
        caught.add("tokens");
      }
    }
  }

  /// Adds the checks of self-consistency that fail.
  void addChecks(InferenceModel model, double bound, Set<String> caught) throws WorkerFailure {
    SelfConsistency self =
        new SelfConsistency(InProcess.runner(model), model.config(), prompt, next, bound);
    for (ConsistencyCheck check : self.checks()) {
      try {
        if (self.run(check).problem() != null) {
          caught.add(check.label());
        }
      } catch (RuntimeException e) {
        caught.add(check.label());
      }
    }
  }

  /// What generation does first, then the scripts of the checks that failed, as the step does.
  Optional<Finding> explain(InferenceModel model, Set<String> caught) throws WorkerFailure {
    Gpt2Config config = model.config();
    ConsistencyScripts scripts = new ConsistencyScripts(config, prompt, next);
    List<Script> paths = new ArrayList<>(List.of(scripts.prefillAndDecode(next)));
    for (ConsistencyCheck check : ConsistencyCheck.values()) {
      if (caught.contains(check.label())
          && check != ConsistencyCheck.GENERATE
          && check != ConsistencyCheck.THREADS) {
        paths.add(scripts.plan(check).script());
      }
    }
    Explainer explainer = new Explainer(weights, name -> {});
    for (Script path : paths) {
      try (Playback play = InProcess.play(model, path.observed())) {
        for (RecordedTrace trace : InProcess.traces(play, config)) {
          Explanation explanation = explainer.explain(trace);
          if (explanation.finding().isPresent()) {
            return explanation.finding();
          }
        }
      }
    }
    return Optional.empty();
  }
}
