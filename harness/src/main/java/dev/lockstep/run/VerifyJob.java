package dev.lockstep.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.catalog.BackendVariant;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.prompt.Prompt;
import dev.lockstep.verify.Expected;
import dev.lockstep.verify.ForcedLogits;
import dev.lockstep.verify.LogitsComparison;
import dev.lockstep.verify.MatchClass;
import dev.lockstep.verify.NearTieJudge;
import dev.lockstep.verify.Verdict;
import dev.lockstep.worker.Reply;
import dev.lockstep.worker.Request;
import dev.lockstep.worker.Worker;
import dev.lockstep.worker.WorkerFailure;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Holds one backend against a reference, case by case: the greedy tokens, then the logits.
///
/// With a golden file the logits after the prompt are compared; with a reference backend those at
// every
/// position of the prompt and the reference's tokens, teacher-forced.
public final class VerifyJob implements AutoCloseable {
  private final Gpt2Config config;
  private final WorkerFactory factory;
  private final BackendVariant tested;
  private final @Nullable BackendVariant reference;
  private final NearTieJudge judge;
  private @Nullable Worker testedWorker;
  private @Nullable Worker referenceWorker;

  /// @param reference null if only golden cases will be asked about
  public VerifyJob(
      Gpt2Config config,
      WorkerFactory factory,
      BackendVariant tested,
      @Nullable BackendVariant reference,
      NearTieJudge judge) {
    this.config = config;
    this.factory = factory;
    this.tested = tested;
    this.reference = reference;
    this.judge = judge;
  }

  /// What came of one case.
  ///
  /// @param verdict null if the backend failed before its tokens were known
  /// @param logits null if none were compared
  /// @param failure null unless the tested backend failed
  public record CaseResult(
      String id,
      int promptTokens,
      Expected expected,
      @Nullable Verdict verdict,
      @Nullable LogitsComparison logits,
      @Nullable WorkerFailure failure) {

    /// The class of the case. NaN and infinite logits are [MatchClass#DIVERGED], whatever the
    // tokens.
    public MatchClass match() {
      boolean nonFinite = logits != null && logits.nonFinite() > 0;
      return verdict == null || nonFinite ? MatchClass.DIVERGED : verdict.match();
    }
  }

  /// Checks a case of a golden file.
  public CaseResult golden(GoldenCase known) {
    Expected expected =
        new Expected(known.greedyIds(), known.greedyMargins(), ReferenceTokens.GOLDEN);
    return check(
        known.id(),
        known.promptIds(),
        expected,
        worker -> {
          LogitsComparison comparison = new LogitsComparison();
          int last = known.promptIds().length - 1;
          try (ForcedLogits actual = forced(worker, known.promptIds(), last)) {
            comparison.add(known.lastLogits(), actual.row(0));
          }
          return comparison;
        });
  }

  /// Checks a prompt against the reference backend.
  ///
  /// @throws WorkerFailure if the reference fails
  public CaseResult prompt(Prompt prompt, int newTokens) throws WorkerFailure {
    Worker authority = referenceWorker();
    Reply.Margins margins =
        authority.call(
            new Request.GreedyMargins(prompt.ids(), newTokens),
            Reply.Margins.class,
            factory.timeout());
    Expected expected =
        new Expected(margins.tokenIds(), margins.margins(), referenceVariant().label());
    int[] tokens = Arrays.copyOf(prompt.ids(), prompt.ids().length + newTokens - 1);
    System.arraycopy(expected.tokenIds(), 0, tokens, prompt.ids().length, newTokens - 1);
    try (ForcedLogits right = forced(authority, tokens, 0)) {
      return check(
          prompt.id(),
          prompt.ids(),
          expected,
          worker -> {
            LogitsComparison comparison = new LogitsComparison();
            try (ForcedLogits actual = forced(worker, tokens, 0)) {
              for (int position = 0; position < tokens.length; position++) {
                comparison.add(right.row(position), actual.row(position));
              }
            }
            return comparison;
          });
    }
  }

  private ForcedLogits forced(Worker worker, int[] tokenIds, int from) throws WorkerFailure {
    return ForcedLogits.of(worker, tokenIds, from, config.vocabSize(), factory.timeout());
  }

  /// Compares the logits of a loaded worker.
  @FunctionalInterface
  private interface LogitsCheck {
    LogitsComparison compare(Worker worker) throws WorkerFailure;
  }

  private CaseResult check(String id, int[] promptIds, Expected expected, LogitsCheck logitsCheck) {
    Verdict verdict = null;
    try {
      Worker worker = testedWorker();
      if (expected.tokenIds().length > 0) {
        Reply.Generated generated =
            worker.call(
                new Request.Generate(promptIds, expected.tokenIds().length),
                Reply.Generated.class,
                factory.timeout());
        verdict = judge.judge(promptIds, expected, generated.tokenIds());
      } else {
        verdict = Verdict.IDENTICAL;
      }
      LogitsComparison logits = logitsCheck.compare(worker);
      return new CaseResult(id, promptIds.length, expected, verdict, logits, null);
    } catch (WorkerFailure e) {
      if (!e.workerIsAlive() && testedWorker != null) {
        testedWorker.close();
        testedWorker = null;
      }
      return new CaseResult(id, promptIds.length, expected, verdict, null, e);
    }
  }

  private Worker testedWorker() throws WorkerFailure {
    if (testedWorker == null) {
      testedWorker = factory.open(tested);
    }
    return testedWorker;
  }

  private BackendVariant referenceVariant() {
    if (reference == null) {
      throw new IllegalStateException("there is no reference backend");
    }
    return reference;
  }

  private Worker referenceWorker() throws WorkerFailure {
    if (referenceWorker == null) {
      referenceWorker = factory.open(referenceVariant());
    }
    return referenceWorker;
  }

  @Override
  public void close() {
    if (testedWorker != null) {
      testedWorker.close();
    }
    if (referenceWorker != null) {
      referenceWorker.close();
    }
  }
}
