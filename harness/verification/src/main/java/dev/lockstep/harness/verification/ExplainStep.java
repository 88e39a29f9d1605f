package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Watches the tested backend compute and has every operation judged.
///
/// What is watched first is what generation does: the prompt at once, then token by token. If every
/// operation is right there, the calls of the consistency checks that failed are watched, and if
/// the logits were wrong, those of teacher forcing.
final class ExplainStep {
  /// So many decode steps are watched where nothing was wrong.
  private static final int DECODE_STEPS = 8;

  private static final int FOLLOWING = 4;
  private static final String GENERATION = "prefill and decode";

  private final Gpt2Config config;
  private final TestedBackend tested;
  private final Reference reference;
  private final Explainer explainer;
  private final VerifyProgress progress;
  private long expectedSteps;

  ExplainStep(
      Gpt2Config config,
      TestedBackend tested,
      Reference reference,
      Gpt2Weights weights,
      VerifyProgress progress) {
    this.config = config;
    this.tested = tested;
    this.reference = reference;
    this.progress = progress;
    explainer =
        new Explainer(
            weights,
            name -> {
              progress.phase(name);
              progress.step();
            });
  }

  List<StepResult.OfExplain> explain(List<VerifyCase> cases, List<? extends StepResult> before)
      throws WorkerFailure {
    Optional<VerifyCase> failed =
        before.stream()
            .filter(result -> result.outcome() == Outcome.FAIL)
            .findFirst()
            .map(StepResult::verifyCase);
    List<StepResult.OfExplain> results = new ArrayList<>();
    for (VerifyCase each : failed.map(List::of).orElse(cases)) {
      StepResult.OfExplain result = explain(each, of(each, before));
      results.add(result);
      if (result.outcome() != Outcome.PASS) {
        break;
      }
    }
    return results;
  }

  private static List<StepResult> of(VerifyCase verifyCase, List<? extends StepResult> results) {
    List<StepResult> own = new ArrayList<>();
    for (StepResult result : results) {
      if (result.verifyCase().equals(verifyCase)) {
        own.add(result);
      }
    }
    return own;
  }

  private StepResult.OfExplain explain(VerifyCase each, List<StepResult> before)
      throws WorkerFailure {
    Map<String, Script> paths = paths(each, before);
    StepResult.OfExplain first = null;
    for (Map.Entry<String, Script> path : paths.entrySet()) {
      StepResult.OfExplain result = watch(each, path.getKey(), path.getValue());
      if (result.outcome() != Outcome.PASS) {
        return result;
      }
      first = first == null ? result : first;
    }
    if (first == null) {
      throw new IllegalStateException("nothing was watched");
    }
    return before.stream().anyMatch(result -> result.outcome() == Outcome.FAIL)
        ? withReason(
            first,
            "every operation watched ("
                + String.join(", ", paths.keySet())
                + ")"
                + " is right: the fault lies between them, or it did not show this time")
        : first;
  }

  private static StepResult.OfExplain withReason(StepResult.OfExplain result, String reason) {
    return new StepResult.OfExplain(
        result.verifyCase(),
        result.path(),
        result.tokens(),
        result.outcome(),
        result.explanation(),
        reason);
  }

  /// The calls to watch, in order, by what they are called.
  private Map<String, Script> paths(VerifyCase each, List<StepResult> before) throws WorkerFailure {
    int[] expected = reference.expected(each).tokenIds();
    int decoded = Math.min(DECODE_STEPS, Math.max(0, expected.length - 1));
    boolean logitsFailed = false;
    List<ConsistencyCheck> failedChecks = new ArrayList<>();
    for (StepResult result : before) {
      if (result.outcome() != Outcome.FAIL) {
        continue;
      }
      switch (result) {
        case StepResult.OfTokens(
                var c,
                var o,
                var e,
                Verdict(MatchClass m, Verdict.Difference difference),
                var a,
                var r)
            when difference != null ->
            decoded = Math.min(Math.max(decoded, difference.index()), expected.length - 1);
        case StepResult.OfLogits logits -> logitsFailed = true;
        case StepResult.OfCheck check -> failedChecks.add(check.kind());
        default -> {}
      }
    }
    Map<String, Script> paths = new LinkedHashMap<>();
    int[] next = Arrays.copyOf(expected, Math.min(FOLLOWING, expected.length));
    ConsistencyScripts scripts = new ConsistencyScripts(config, each.promptIds(), next);
    paths.put(GENERATION, scripts.prefillAndDecode(Arrays.copyOf(expected, decoded)));
    for (ConsistencyCheck check : failedChecks) {
      if (check != ConsistencyCheck.GENERATE) {
        paths.put(check.description(), scripts.plan(check).script());
      }
    }
    if (logitsFailed) {
      Script.Builder forcing = new Script.Builder();
      forcing.forwardAll(0, reference.forcedTokens(each));
      paths.put("teacher forcing", forcing.build());
    }
    return paths;
  }

  /// Watches the sessions of a script; the first that does something wrong is the answer.
  private StepResult.OfExplain watch(VerifyCase each, String path, Script script) {
    progress.phase("watching " + path);
    try (Playback play = Playback.of(tested.runner(), script.observed(), config.vocabSize())) {
      StepResult.OfExplain first = null;
      expectedSteps += (long) explainer.operations() * script.sessions().length;
      progress.expect(expectedSteps);
      for (int session : script.sessions()) {
        if (play.played().shown().isEmpty() && tested.variant().engine() != null) {
          return new StepResult.OfExplain(
              each,
              path,
              each.promptIds(),
              Outcome.NOT_SHOWN,
              null,
              "the engine shows no activations");
        }
        RecordedTrace trace = new RecordedTrace(play, session, config);
        Explanation explanation = explainer.explain(trace);
        List<String> missing = new ArrayList<>(play.played().shown());
        missing.removeAll(explanation.shown());
        Outcome outcome =
            missing.isEmpty()
                ? Outcome.of(explanation.finding().isEmpty(), tested.isApproximate())
                : Outcome.FAIL;
        StepResult.OfExplain result =
            new StepResult.OfExplain(
                each,
                path,
                trace.tokens(),
                outcome,
                explanation,
                missing.isEmpty()
                    ? ""
                    : "observe promises %s, which %s never shown"
                        .formatted(
                            String.join(", ", missing), missing.size() == 1 ? "was" : "were"));
        if (outcome != Outcome.PASS) {
          return result;
        }
        first = first == null ? result : first;
      }
      if (first == null) {
        throw new IllegalArgumentException("a script without sessions");
      }
      return first;
    } catch (WorkerFailure e) {
      return new StepResult.OfExplain(
          each, path, each.promptIds(), Outcome.of(e), null, tested.failed(e));
    }
  }
}
