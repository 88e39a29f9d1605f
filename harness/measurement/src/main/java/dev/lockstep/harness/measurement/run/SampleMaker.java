package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.Expected;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.NearTieJudge;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Verifies a generation and makes a row of it. A speed without the right tokens is no speed: it is
/// left blank.
final class SampleMaker {
  private final RunPlan plan;
  private final Gpt2Config config;
  private final NearTieJudge judge;
  private final VerificationLog verification;
  private final LogitsCheck logitsCheck;

  SampleMaker(
      RunPlan plan,
      Gpt2Config config,
      NearTieJudge judge,
      VerificationLog verification,
      LogitsCheck logitsCheck) {
    this.plan = plan;
    this.config = config;
    this.judge = judge;
    this.verification = verification;
    this.logitsCheck = logitsCheck;
  }

  Sample measured(
      Sample.Key key,
      Competitor competitor,
      PromptCase promptCase,
      Expected expected,
      Reply.Generated generated,
      @Nullable Double idlePercent,
      @Nullable Ceilings ceilings)
      throws WorkerFailure {
    boolean approximate = competitor.isApproximate();
    boolean showsLogits = competitor.showsLogits();
    Verdict verdict = judge.judge(promptCase.ids(), expected, generated.tokenIds());
    verification.add(
        key, promptCase, expected, generated.tokenIds(), verdict, approximate, showsLogits);
    boolean complete = generated.tokenIds().length == expected.tokenIds().length;
    String logitsProblem = logitsCheck.problem(competitor.variant().label(), promptCase.promptId());
    boolean tokensPass =
        verdict.match() == MatchClass.IDENTICAL
            || (plan.acceptNearTies() && verdict.match() == MatchClass.NEAR_TIE);
    boolean passes = (approximate ? complete : tokensPass) && logitsProblem == null;
    MatchClass match = logitsProblem == null ? verdict.match() : MatchClass.DIVERGED;
    Sample.Timing timing = passes ? Sample.Timing.of(generated.tokenNanos()) : null;
    Verdict.Difference difference = verdict.difference();
    return new Sample(
        key,
        promptCase.work(generated.tokenIds().length),
        competitor.execution(),
        new Sample.Result(
            passes ? Status.OK : Status.MISMATCH,
            match.called(approximate, showsLogits),
            difference == null ? null : difference.index(),
            passes ? "" : reason(difference, logitsProblem)),
        timing,
        competitor.load(),
        resources(generated.usage(), competitor.executionPath(), idlePercent),
        timing == null || ceilings == null ? null : limits(ceilings, promptCase, timing));
  }

  private static String reason(
      Verdict.@Nullable Difference difference, @Nullable String logitsProblem) {
    if (difference != null) {
      return difference.describe();
    }
    return logitsProblem == null ? "" : "the tokens agree, but " + logitsProblem;
  }

  private static Sample.Resources resources(
      Reply.Usage usage, Map<String, String> executionPath, @Nullable Double idlePercent) {
    return new Sample.Resources(
        usage.gcMillis(),
        usage.jitMillis(),
        usage.cpuMillis(),
        usage.cpuWaitMillis(),
        usage.pageFaults(),
        usage.faultMillis(),
        usage.contextSwitches(),
        usage.peakRssBytes(),
        usage.heapBytes(),
        wholeNumber(executionPath.get("device_bytes")),
        idlePercent);
  }

  private static @Nullable Long wholeNumber(@Nullable String text) {
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Sample.Limits limits(Ceilings ceilings, PromptCase promptCase, Sample.Timing timing) {
    PhaseLimits limits = new PhaseLimits(config, ceilings);
    int newTokens = promptCase.newTokens();
    return new Sample.Limits(
        ceilings.readBytesPerSecond() / 1e9,
        ceilings.fmaFlopsPerSecond() / 1e9,
        1e5
            * limits.prefillSeconds(promptCase.depth(), promptCase.promptTokens())
            / timing.ttftMillis(),
        newTokens > 1
            ? 1e5 * limits.decodeSeconds(promptCase.ids().length, newTokens) / timing.decodeMillis()
            : null);
  }

  /// A row of a generation that failed.
  Sample failed(
      Sample.Key key, Competitor competitor, PromptCase promptCase, WorkerFailure failure) {
    return untimed(key, competitor, promptCase, Status.of(failure.kind()), failure.getMessage());
  }

  /// A row of a generation that was not tried: the worker could not be made ready, or had gone.
  Sample notRun(Sample.Key key, Competitor competitor, PromptCase promptCase) {
    WorkerFailure failure = competitor.failure();
    return untimed(
        key,
        competitor,
        promptCase,
        Status.NOT_RUN,
        failure == null ? "the worker is gone" : failure.getMessage());
  }

  private Sample untimed(
      Sample.Key key, Competitor competitor, PromptCase promptCase, Status status, String reason) {
    return Sample.untimed(
        key, promptCase.work(), competitor.execution(), status, competitor.load(), reason);
  }

  /// A row of a backend that cannot run here.
  static Sample unavailable(BackendVariant variant, PromptCase promptCase, String why) {
    return Sample.untimed(
        new Sample.Key(1, 1, variant.name(), variant.options(), promptCase.promptId()),
        promptCase.work(),
        Sample.Execution.NONE,
        Status.UNAVAILABLE,
        null,
        why);
  }
}
