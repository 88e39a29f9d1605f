package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.model.golden.GoldenCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Holds one backend against a reference and against itself, step by step over all cases.
///
/// A failure of the tested backend is a result; one of the reference ends the job.
public final class VerifyJob implements AutoCloseable {
  private static final int FOLLOWING = 4;

  private final WorkerFactory factory;
  private final Gpt2Config config;
  private final TestedBackend tested;
  private final Reference reference;
  private final NearTieJudge judge;
  private final MatchClass accepted;

  /// @param reference what it is held against; the caller closes it
  /// @param accepted the worst class of tokens that passes
  public VerifyJob(
      WorkerFactory factory, BackendVariant tested, Reference reference, MatchClass accepted) {
    this.factory = factory;
    this.config = factory.config();
    this.tested = new TestedBackend(factory, tested);
    this.reference = reference;
    this.judge = new NearTieJudge(reference.oracle());
    this.accepted = accepted;
  }

  /// Step 1: greedy tokens. Golden cases that hold none are left out.
  ///
  /// @throws WorkerFailure if the reference fails
  public List<StepResult.OfTokens> tokens(List<VerifyCase> cases, VerifyProgress progress)
      throws WorkerFailure {
    progress.expect(cases.size());
    List<StepResult.OfTokens> results = new ArrayList<>();
    for (VerifyCase each : cases) {
      progress.phase("tokens of " + each.id());
      Expected expected = reference.expected(each);
      if (expected.tokenIds().length > 0) {
        results.add(tokens(each, expected));
      }
      progress.step();
    }
    return results;
  }

  private StepResult.OfTokens tokens(VerifyCase each, Expected expected) throws WorkerFailure {
    Engine engine = tested.variant().engine();
    if (engine != null && engine.stopsWithin(expected.tokenIds())) {
      return new StepResult.OfTokens(
          each,
          Outcome.NOT_SHOWN,
          expected,
          null,
          null,
          "the reference meets the end of a text there, where this engine stops");
    }
    int[] actual;
    try {
      Request.Generate request =
          new Request.Generate(each.promptIds(), 0, expected.tokenIds().length);
      actual = tested.worker().generate(request, tested.timeout()).tokenIds();
    } catch (WorkerFailure e) {
      return new StepResult.OfTokens(each, Outcome.of(e), expected, null, null, tested.failed(e));
    }
    Verdict verdict = judge.judge(each.promptIds(), expected, actual);
    int agreeing = 0;
    for (int i = 0; i < Math.min(actual.length, expected.tokenIds().length); i++) {
      agreeing += actual[i] == expected.tokenIds()[i] ? 1 : 0;
    }
    boolean passed = verdict.match().compareTo(accepted) <= 0;
    Verdict.Difference difference = verdict.difference();
    return new StepResult.OfTokens(
        each,
        tested.isApproximate() ? Outcome.APPROXIMATE : Outcome.of(passed, false),
        expected,
        verdict,
        (double) agreeing / expected.tokenIds().length,
        difference == null ? "" : difference.describe());
  }

  /// Step 2: logits on the reference's tokens, at every position. A golden file knows those after
  /// the prompt; what it does not know, naive says in double precision, which must agree with it.
  ///
  /// @throws WorkerFailure if the reference fails
  public List<StepResult.OfLogits> logits(List<VerifyCase> cases, VerifyProgress progress)
      throws WorkerFailure {
    progress.expect(cases.size());
    List<StepResult.OfLogits> results = new ArrayList<>();
    for (VerifyCase each : cases) {
      progress.phase("logits of " + each.id());
      GoldenCase golden = each.golden();
      results.add(
          golden == null && reference.isBackend()
              ? againstBackend(each)
              : againstOracle(each, golden));
      progress.step();
    }
    return results;
  }

  private StepResult.OfLogits againstBackend(VerifyCase each) throws WorkerFailure {
    int[] tokens = reference.forcedTokens(each);
    double bound = reference.bound(each);
    LogitsComparison comparison = new LogitsComparison();
    try (ForcedLogits right = reference.logits(tokens);
        ForcedLogits actual = forced(tokens)) {
      for (int position = 0; position < tokens.length; position++) {
        comparison.add(right.row(position), actual.row(position));
      }
    } catch (TestedFailure e) {
      return failedLogits(each, reference.label(), bound, e);
    }
    return logitsResult(each, reference.label(), comparison, bound);
  }

  private StepResult.OfLogits againstOracle(VerifyCase each, @Nullable GoldenCase golden)
      throws WorkerFailure {
    String source = golden == null ? reference.label() : Reference.GOLDEN;
    double bound = reference.bound(each);
    int[] tokens = reference.forcedTokens(each);
    LogitsComparison comparison = new LogitsComparison();
    int last = each.promptIds().length - 1;
    try (RoundingOracle.Answer right = reference.exactLogits(each);
        ForcedLogits actual = forced(tokens)) {
      for (int position = 0; position < tokens.length; position++) {
        comparison.add(
            golden != null && position == last ? golden.lastLogits() : right.row(position).exact(),
            actual.row(position));
      }
    } catch (TestedFailure e) {
      return failedLogits(each, source, bound, e);
    }
    return logitsResult(each, source, comparison, bound);
  }

  /// The tested backend failed, not the reference.
  private static final class TestedFailure extends Exception {
    final WorkerFailure failure;

    TestedFailure(WorkerFailure failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private ForcedLogits forced(int[] tokens) throws TestedFailure {
    try {
      Worker worker = tested.worker();
      return ForcedLogits.of(worker, tokens, 0, config.vocabSize(), tested.timeout());
    } catch (WorkerFailure e) {
      throw new TestedFailure(e);
    }
  }

  private StepResult.OfLogits failedLogits(
      VerifyCase each, String reference, double bound, TestedFailure e) {
    return new StepResult.OfLogits(
        each, reference, Outcome.of(e.failure), null, bound, tested.failed(e.failure));
  }

  private StepResult.OfLogits logitsResult(
      VerifyCase each, String reference, LogitsComparison comparison, double bound) {
    String reason = "";
    if (comparison.nonFinite() > 0) {
      reason = String.format(Locale.ROOT, "%d logits are not finite", comparison.nonFinite());
    } else if (comparison.maxAbsDifference() > bound) {
      reason =
          String.format(
              Locale.ROOT,
              "max |d| %.3g is %.3g times what rounding can explain (%.3g)",
              comparison.maxAbsDifference(),
              comparison.maxAbsDifference() / bound,
              bound);
    }
    boolean approximate = tested.isApproximate() && comparison.nonFinite() == 0;
    return new StepResult.OfLogits(
        each,
        reference,
        approximate ? Outcome.APPROXIMATE : Outcome.of(reason.isEmpty(), false),
        comparison,
        bound,
        approximate ? "" : reason);
  }

  /// Step 3: the backend against itself.
  ///
  /// @throws WorkerFailure if the reference fails
  public List<StepResult.OfCheck> selfConsistency(List<VerifyCase> cases, VerifyProgress progress)
      throws WorkerFailure {
    progress.expect(cases.size());
    List<StepResult.OfCheck> results = new ArrayList<>();
    for (VerifyCase each : cases) {
      progress.phase("self-consistency of " + each.id());
      double bound = reference.bound(each);
      int[] next = following(each);
      for (ConsistencyCheck check : checks(each, next, bound)) {
        results.add(check(check, each, next, bound));
      }
      progress.step();
    }
    return results;
  }

  private List<ConsistencyCheck> checks(VerifyCase each, int[] next, double bound) {
    Playback.ScriptRunner nobody =
        request -> {
          throw new IllegalStateException("nothing is played yet");
        };
    return new SelfConsistency(nobody, config, each.promptIds(), next, bound).checks();
  }

  private int[] following(VerifyCase each) throws WorkerFailure {
    int[] expected = reference.expected(each).tokenIds();
    return Arrays.copyOf(expected, Math.min(FOLLOWING, expected.length));
  }

  private StepResult.OfCheck check(
      ConsistencyCheck check, VerifyCase each, int[] next, double bound) {
    try {
      RowComparison comparison =
          new SelfConsistency(tested.runner(), config, each.promptIds(), next, bound).run(check);
      String problem = comparison.problem();
      // An approximate backend may round by more where it batches; nothing else is excused.
      boolean excused =
          tested.isApproximate() && check == ConsistencyCheck.BATCH && comparison.nonFinite() == 0;
      return new StepResult.OfCheck(
          each,
          check,
          Outcome.of(problem == null, excused),
          comparison,
          problem == null ? "" : problem);
    } catch (WorkerFailure e) {
      return new StepResult.OfCheck(each, check, Outcome.of(e), null, tested.failed(e));
    }
  }

  /// Beyond the cases: the token after prompts on which it is only just the best.
  public List<StepResult.OfTokens> sharp(List<SharpPrompt> prompts, VerifyProgress progress) {
    return new CoverageStep(config, tested, reference).sharp(prompts, progress);
  }

  /// Beyond the cases: whole contexts, in calls of many lengths.
  ///
  /// @param passes as [#contexts(Gpt2Config, double, long)] gives them
  /// @throws WorkerFailure if the reference fails
  public List<StepResult.OfLogits> contexts(List<ContextPass> passes, VerifyProgress progress)
      throws WorkerFailure {
    return new CoverageStep(config, tested, reference).contexts(passes, progress);
  }

  /// Beyond the model: the contract's laws about models that were made for weak points.
  public List<StepResult.OfLaw> weakPoints(VerifyProgress progress) {
    progress.expect(1);
    progress.phase("models made for weak points");
    List<StepResult.OfLaw> results = new WeakPoints(factory, tested.variant()).run();
    progress.step();
    return results;
  }

  /// As many whole contexts of random ids as it takes to read a share of the vocabulary.
  public static List<ContextPass> contexts(Gpt2Config config, double share, long seed) {
    return CoverageStep.passes(config, share, seed);
  }

  /// Step 4: every operation against its error budget, on the first case that failed a step before,
  /// or on all of them if none did.
  ///
  /// @param before what the steps before found
  /// @throws WorkerFailure if the reference fails
  public List<StepResult.OfExplain> explain(
      List<VerifyCase> cases,
      List<? extends StepResult> before,
      Gpt2Weights weights,
      VerifyProgress progress)
      throws WorkerFailure {
    return new ExplainStep(config, tested, reference, weights, progress).explain(cases, before);
  }

  @Override
  public void close() {
    tested.close();
  }
}
