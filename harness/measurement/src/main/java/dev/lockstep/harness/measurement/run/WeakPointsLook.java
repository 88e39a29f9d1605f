package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.StepResult;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.WeakPoints;
import dev.lockstep.harness.worker.WorkerFactory;
import java.util.List;

/// Puts the contract's laws about weak points to the test, unless an earlier run has seen the
/// backend keep them and nothing has changed since. In a worker of its own: what is loaded there
/// must not be seen by the compiler of one that is timed.
final class WeakPointsLook {
  private static final String ID = "weak-points";

  private final WorkerFactory factory;
  private final EarlierChecks earlier;

  WeakPointsLook(WorkerFactory factory, EarlierChecks earlier) {
    this.factory = factory;
    this.earlier = earlier;
  }

  /// A row for all laws together.
  Verification look(Competitor competitor) {
    Verification known = earlier.find(competitor, ID);
    if (known != null) {
      return known;
    }
    List<StepResult.OfLaw> laws = new WeakPoints(factory, competitor.variant()).run();
    Outcome worst = laws.stream().map(StepResult::outcome).reduce(Outcome.PASS, Outcome::worse);
    String reason =
        laws.stream()
            .filter(law -> law.outcome() == worst)
            .map(StepResult::reason)
            .findFirst()
            .orElse("");
    Verification found =
        Verification.weakPoints(
            new Verification.Subject(
                competitor.variant().name(),
                competitor.variant().options(),
                ID,
                BeyondPrompts.VARIATION,
                "the contract",
                0,
                0),
            laws.size() + " laws",
            worst,
            reason);
    earlier.keep(competitor, ID, found);
    return found;
  }
}
