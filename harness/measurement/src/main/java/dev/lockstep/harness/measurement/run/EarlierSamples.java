package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a resumed run had measured before. Its rows become part of the report, so each must
/// be one that this plan can have made; a file may have been edited, or put together from several.
final class EarlierSamples {
  private final RunPlan plan;
  private final Set<String> labels = new HashSet<>();
  private final Set<Sample.Key> seen = new HashSet<>();

  private EarlierSamples(RunPlan plan, List<BackendVariant> variants) {
    this.plan = plan;
    variants.forEach(variant -> labels.add(variant.label()));
  }

  /// The finished rows of `samples.csv`. A run that was killed before it had one has no such file.
  ///
  /// @throws UserError naming a row that is not of this plan
  static List<Sample> read(Path file, RunPlan plan, List<BackendVariant> variants) {
    if (Files.notExists(file)) {
      return List.of();
    }
    EarlierSamples earlier = new EarlierSamples(plan, variants);
    List<Sample> finished = SamplesCsv.read(file).stream().filter(Sample::isFinished).toList();
    for (Sample sample : finished) {
      String problem = earlier.problem(sample);
      if (problem != null) {
        Sample.Key key = sample.key();
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "--resume: %s has a row of fork %d, round %d, %s, prompt '%s' that this run cannot have written: %s; remove the row, or choose another directory",
                file,
                key.fork(),
                key.round(),
                key.label(),
                key.promptId(),
                problem));
      }
    }
    return finished;
  }

  private @Nullable String problem(Sample sample) {
    Sample.Key key = sample.key();
    Optional<Prompt> prompt =
        plan.prompts().stream().filter(each -> each.id().equals(key.promptId())).findFirst();
    if (!labels.contains(key.label())) {
      return "the plan has no such backend";
    }
    if (prompt.isEmpty()) {
      return "the plan has no such prompt";
    }
    if (key.fork() < 1 || (plan.sizing() == null && key.fork() > plan.forks())) {
      return String.format(Locale.ROOT, "the plan has %d forks", plan.forks());
    }
    if (!plan.shard().has(key.fork())) {
      return "shard %s has no such fork".formatted(plan.shard());
    }
    if (key.round() < 1 || key.round() > plan.rounds()) {
      return String.format(Locale.ROOT, "the plan has %d rounds", plan.rounds());
    }
    if (!sample.variation().equals(PromptCase.variation(key.round() - 1))) {
      return "its variation is '%s'".formatted(sample.variation());
    }
    int depth = prompt.get().depth();
    if (sample.depth() != depth || sample.promptTokens() != prompt.get().ids().length - depth) {
      return String.format(
          Locale.ROOT,
          "its depth is %d and its prompt_tokens are %d",
          sample.depth(),
          sample.promptTokens());
    }
    if (!seen.add(key)) {
      return "it is there twice";
    }
    boolean agrees =
        sample.status() == Status.OK
            ? isGood(sample, plan.newTokens(prompt.get()))
            : !sample.isTimed();
    return agrees ? null : "its status, match, new_tokens and times disagree";
  }

  /// Whether the row says of itself that its tokens passed, and how long they took.
  private boolean isGood(Sample sample, int newTokens) {
    Sample.Timing timing = sample.timing();
    if (timing == null) {
      return false;
    }
    double[] gaps = timing.itlMillis();
    boolean passes =
        sample.match() == MatchClass.IDENTICAL
            || sample.match() == MatchClass.TOKENS_EQUAL
            || sample.match() == MatchClass.APPROXIMATE
            || (plan.acceptNearTies() && sample.match() == MatchClass.NEAR_TIE);
    return passes
        && sample.newTokens() == newTokens
        && gaps.length == newTokens - 1
        && timing.ttftMillis() > 0
        && timing.e2eMillis() >= timing.ttftMillis()
        && Double.isFinite(timing.e2eMillis())
        && Arrays.stream(gaps).allMatch(gap -> gap >= 0 && Double.isFinite(gap));
  }
}
