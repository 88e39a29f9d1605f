package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.WorkerFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Looks where prompts do not: at sharp prompts, and over whole contexts until the rows of the
/// embeddings have been read.
final class CoverageStep {
  private final Gpt2Config config;
  private final TestedBackend tested;
  private final Reference reference;

  CoverageStep(Gpt2Config config, TestedBackend tested, Reference reference) {
    this.config = config;
    this.tested = tested;
    this.reference = reference;
  }

  List<StepResult.OfTokens> sharp(List<SharpPrompt> prompts, VerifyProgress progress) {
    progress.expect(prompts.size());
    List<StepResult.OfTokens> results = new ArrayList<>();
    SharpPass pass = new SharpPass(config);
    for (SharpPrompt prompt : prompts) {
      VerifyCase verifyCase =
          new VerifyCase(
              String.format(Locale.ROOT, "sharp-%d", results.size() + 1), prompt.ids(), 1, null);
      progress.phase("choice after " + verifyCase.id());
      Expected expected =
          new Expected(
              new int[] {prompt.token()}, new double[] {prompt.margin()}, RoundingOracle.LABEL);
      try {
        SharpPass.Choice choice = pass.choose(tested.runner(), List.of(prompt)).getFirst();
        results.add(result(verifyCase, expected, choice));
      } catch (WorkerFailure e) {
        results.add(
            new StepResult.OfTokens(
                verifyCase, Outcome.of(e), expected, null, null, tested.failed(e)));
      }
      progress.step();
    }
    return results;
  }

  private StepResult.OfTokens result(
      VerifyCase verifyCase, Expected expected, SharpPass.Choice choice) {
    String problem = choice.problem();
    if (problem == null) {
      Outcome outcome = tested.isApproximate() ? Outcome.APPROXIMATE : Outcome.PASS;
      return new StepResult.OfTokens(verifyCase, outcome, expected, Verdict.IDENTICAL, 1.0, "");
    }
    SharpPrompt prompt = choice.prompt();
    Verdict verdict =
        new Verdict(
            MatchClass.DIVERGED,
            new Verdict.Difference(
                0, prompt.token(), choice.token(), prompt.margin(), prompt.bound()));
    return new StepResult.OfTokens(
        verifyCase,
        tested.isApproximate() ? Outcome.APPROXIMATE : Outcome.FAIL,
        expected,
        verdict,
        0.0,
        tested.isApproximate() ? "" : problem);
  }

  /// Whole contexts of seeded ids, each id of the vocabulary once before one comes twice.
  ///
  /// @param share of the vocabulary that is to be read: 1 is all of it
  static List<ContextPass> passes(Gpt2Config config, double share, long seed) {
    int[] ids = new int[config.vocabSize()];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < ids.length; i++) {
      int j = random.nextInt(i + 1);
      ids[i] = ids[j];
      ids[j] = i;
    }
    int wanted = (int) Math.ceil(share * ids.length);
    List<ContextPass> passes = new ArrayList<>();
    for (int from = 0; from < wanted; from += config.nPositions()) {
      int[] tokens = new int[config.nPositions()];
      for (int t = 0; t < tokens.length; t++) {
        tokens[t] = ids[(from + t) % ids.length];
      }
      passes.add(ContextPass.of(config, tokens, seed + passes.size()));
    }
    return passes;
  }

  List<StepResult.OfLogits> contexts(List<ContextPass> passes, VerifyProgress progress)
      throws WorkerFailure {
    progress.expect(passes.size());
    List<StepResult.OfLogits> results = new ArrayList<>();
    for (ContextPass pass : passes) {
      int[] tokens = pass.tokens();
      VerifyCase verifyCase =
          new VerifyCase(
              String.format(Locale.ROOT, "context-%d", results.size() + 1), tokens, 1, null);
      progress.phase("logits over " + verifyCase.id());
      try (RoundingOracle.Answer right = reference.oracle().ask(tokens, 0)) {
        results.add(context(verifyCase, pass, right, RoundingBound.of(right, tokens.length)));
      }
      progress.step();
    }
    return results;
  }

  private StepResult.OfLogits context(
      VerifyCase verifyCase, ContextPass pass, RoundingOracle.Answer right, double bound)
      throws WorkerFailure {
    try {
      ContextPass.Result result =
          pass.compare(tested.runner(), position -> right.row(position).exact(), bound, 0);
      String problem = result.problem();
      boolean excused = tested.isApproximate() && result.logits().nonFinite() == 0;
      return new StepResult.OfLogits(
          verifyCase,
          RoundingOracle.LABEL,
          excused ? Outcome.APPROXIMATE : Outcome.of(problem == null, false),
          result.logits(),
          bound,
          excused || problem == null ? "" : problem);
    } catch (WorkerFailure e) {
      return new StepResult.OfLogits(
          verifyCase, RoundingOracle.LABEL, Outcome.of(e), null, bound, tested.failed(e));
    }
  }
}
