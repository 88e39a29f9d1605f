package dev.lockstep.tck;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Finding;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every operation is what its inputs give, as `verify --explain` judges it: each activation that a
/// backend shows is evaluated in double precision from those that it showed before, and may be off
/// by what rounding to single precision explains, whatever the order of the sums. What is not shown
/// is judged together with the next that is; the logits always are.
///
/// The tolerance of logits has to cover the rounding of a whole network, in which a slightly wrong
/// operation can hide. Here it has to cover that of one.
///
/// An approximate backend is not held to this.
public interface OperationLaws extends Subject {

  @TestFactory
  default Stream<DynamicTest> everyOperationIsWhatItsInputsGive() {
    return Stream.of(
        each("ordinary weights", RandomModel.untied(SHAPE, 1)),
        each("a tied head", RandomModel.tied(SHAPE, 2)),
        each("scores beyond the range of exp", RandomModel.scaled(SHAPE, 3, 4)),
        each("weights so small that epsilon counts", RandomModel.scaled(SHAPE, 4, 0.01)),
        each("a mean far above the deviation", RandomModel.withLargeMean(SHAPE, 5, 200)));
  }

  private DynamicTest each(String name, Gpt2Weights weights) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          try (InferenceModel model = load(weights);
              InferenceSession session = model.newSession()) {
            ShownTrace trace = ShownTrace.of(session, Subject.tokens(SHAPE, 40, 6), 33);
            if (!isApproximate()) {
              new Explainer(weights, operation -> {})
                  .explain(trace)
                  .finding()
                  .ifPresent(finding -> Assertions.fail(describe(finding)));
            }
          }
        });
  }

  private static String describe(Finding finding) {
    return finding.describe()
        + (finding.unseen().isEmpty() ? "" : "; to blame: " + finding.blamed())
        + finding.hint().map(hint -> "; " + hint).orElse("");
  }
}
