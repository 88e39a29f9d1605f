package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.verification.ContextPass;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.Arrays;

/// Has each backend compute the whole context, or as much of it as is done in seconds, unless an
/// earlier run has seen it do so rightly and nothing has changed since.
final class ContextLook {
  /// Weights times positions: all 512 positions of the embedded model, 80 at 124M.
  private static final double MAX_WORK = 1e10;

  private static final int MIN_POSITIONS = 32;

  /// How long a backend may decode one by one.
  private static final double DECODE_MILLIS = 500;

  private final ContextPass pass;
  private final EarlierChecks earlier;
  private final Duration timeout;

  ContextLook(Gpt2Config config, long seed, EarlierChecks earlier, Duration timeout) {
    double positions = Math.max(MIN_POSITIONS, MAX_WORK / config.parameterCount());
    this.pass = ContextPass.of(config, (int) Math.min(config.nPositions(), positions), seed);
    this.earlier = earlier;
    this.timeout = timeout;
  }

  /// `[positions]`
  int[] tokens() {
    return pass.tokens();
  }

  /// @param right what is right at every position
  /// @param bound what rounding can explain
  /// @throws WorkerFailure if the backend fails
  Verification look(Competitor competitor, Worker worker, RoundingOracle.Answer right, double bound)
      throws WorkerFailure {
    String question = "context " + Arrays.toString(pass.tokens());
    Verification known = earlier.find(competitor, question);
    if (known != null) {
      return known;
    }
    ContextPass.Result result =
        pass.compare(worker, right, bound, singleSteps(competitor), timeout);
    boolean excused = competitor.isApproximate() && result.logits().nonFinite() == 0;
    String problem = excused ? null : result.problem();
    Verification found =
        Verification.logits(
            BeyondPrompts.subject(competitor, BeyondPrompts.CONTEXT_ID, pass.tokens().length, 0),
            BeyondPrompts.outcome(excused, problem),
            result.logits(),
            bound,
            problem == null ? "" : problem);
    earlier.keep(competitor, question, found);
    return found;
  }

  private int singleSteps(Competitor competitor) {
    Double millis = competitor.tokenMillisPerPosition();
    int positions = pass.tokens().length;
    return millis == null ? 0 : (int) Math.min(positions, DECODE_MILLIS / (millis * positions));
  }
}
