package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.operations.Pass;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Finds out where the time of each backend goes, when the rounds of the first fork are over and
/// showing what it computes can no longer disturb a sample.
///
/// Of the longest prompt the whole is timed, and one token after it. All of it takes at most a
/// tenth of the time that the fork took; a pass for which that is too short is left out.
final class OperationsLook {
  private static final int FORK_PARTS = 10;
  private static final Duration MAX_WARM_UP = Duration.ofMillis(300);
  private static final Duration MAX_TIME = Duration.ofMillis(300);

  private final PromptCase longest;
  private final Gpt2Config config;
  private final Duration timeout;
  private final OutputDirectory output;
  private final RunProgress progress;
  private final List<OperationTimes> results = new ArrayList<>();

  /// @param timeout for a request
  /// @param output where `operations.json` goes
  OperationsLook(
      Workload workload,
      Gpt2Config config,
      Duration timeout,
      OutputDirectory output,
      RunProgress progress) {
    this.longest =
        workload.plain().stream()
            .max(Comparator.comparingInt(promptCase -> promptCase.ids().length))
            .orElseThrow();
    this.config = config;
    this.timeout = timeout;
    this.output = output;
    this.progress = progress;
  }

  /// @param ceilings as they were measured last
  /// @param samples of the fork, and perhaps others
  /// @param forkNanos how long it took
  void look(
      List<Competitor> competitors,
      Map<Competitor, Ceilings> ceilings,
      List<Sample> samples,
      long forkNanos) {
    double millisLeft = forkNanos / 1e6 / FORK_PARTS;
    int passesLeft = 2 * competitors.size();
    for (Competitor competitor : competitors) {
      List<Sample.Timing> timings = timings(samples, competitor);
      for (Pass pass : List.of(prefill(), Pass.decode(longest.ids().length))) {
        double share = millisLeft / passesLeft--;
        if (!timings.isEmpty() && pass.before() + pass.tokens() <= config.nPositions()) {
          long start = System.nanoTime();
          if (leastMillis(pass, timings) <= millisLeft) {
            time(competitor, pass, share, ceilings.get(competitor));
          }
          millisLeft -= (System.nanoTime() - start) / 1e6;
        }
      }
    }
    if (!results.isEmpty()) {
      output.write(OperationsJson.FILE_NAME, OperationsJson.of(results));
    }
  }

  private Pass prefill() {
    return Pass.prefill(longest.depth(), longest.promptTokens());
  }

  private List<Sample.Timing> timings(List<Sample> samples, Competitor competitor) {
    List<Sample.Timing> timings = new ArrayList<>();
    for (Sample sample : samples) {
      Sample.Timing timing = sample.timing();
      if (timing != null
          && sample.key().backend().equals(competitor.variant().name())
          && sample.key().options().equals(competitor.variant().options())
          && sample.key().promptId().equals(longest.promptId())) {
        timings.add(timing);
      }
    }
    return timings;
  }

  /// The tokens before it, and the pass once as it is and once watched.
  private static double leastMillis(Pass pass, List<Sample.Timing> timings) {
    double first = median(timings, Sample.Timing::ttftMillis);
    return pass.tokens() > 1 ? 2 * first : first + 2 * median(timings, OperationsLook::tokenMillis);
  }

  private static double tokenMillis(Sample.Timing timing) {
    double[] gaps = timing.itlMillis();
    return gaps.length == 0 ? timing.ttftMillis() : timing.decodeMillis() / gaps.length;
  }

  private static double median(
      List<Sample.Timing> timings, ToDoubleFunction<Sample.Timing> figure) {
    return Estimators.median(timings.stream().mapToDouble(figure).toArray());
  }

  private void time(
      Competitor competitor, Pass pass, double shareMillis, @Nullable Ceilings ceilings) {
    Worker worker = competitor.worker();
    if (worker == null || !worker.answers(Request.TimeOperations.class)) {
      return;
    }
    progress.phase(
        "seeing where the time of %s goes: %s"
            .formatted(competitor.variant().label(), pass.name()));
    int[] ids = longest.ids();
    int[] context = Arrays.copyOf(ids, pass.before());
    int[] next =
        pass.before() < ids.length
            ? Arrays.copyOfRange(ids, pass.before(), ids.length)
            : new int[] {ids[ids.length - 1]};
    long warmMillis = Math.min(MAX_WARM_UP.toMillis(), (long) (shareMillis / 2));
    long millis = Math.min(MAX_TIME.toMillis(), (long) (shareMillis / 2));
    try {
      Reply.OperationTimes measured =
          worker.call(
              new Request.TimeOperations(context, next, warmMillis, millis, 1),
              Reply.OperationTimes.class,
              timeout.plusMillis(warmMillis + millis));
      results.add(
          OperationTimes.of(
              competitor.variant().name(),
              competitor.variant().options(),
              pass,
              config,
              measured,
              ceilings));
    } catch (WorkerFailure e) {
      competitor.note(e);
      progress.warn(
          "where the time of %s goes is not known: %s"
              .formatted(competitor.variant().label(), e.getMessage()));
    }
  }
}
