package dev.lockstep.harness.diagnosis.hint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.explain.Explainer;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A backend that shows a part of its activations is judged over the stretch between two of them.
class FusedBackendTest {
  private static final Gpt2Config SHAPE = new Gpt2Config(2, 3, 12, 24, 29, 1e-5);
  private static final Gpt2Weights WEIGHTS = MadeWeights.untied(SHAPE, 1);
  private static final int[] TOKENS =
      new SplittableRandom(3).ints(10, 0, SHAPE.vocabSize()).toArray();
  private static final Network NETWORK = new Network(WEIGHTS);

  /// What is shown: the residual stream and the logits.
  private static final Set<String> SHOWN =
      Set.of(Activations.EMBEDDING, "h.0", "h.1.ln_2.in", "h.1", Activations.LM_HEAD);

  private static Optional<Finding> judge(Trace trace) {
    return new Explainer(WEIGHTS, each -> {})
        .explain(MadeTrace.without(trace, name -> !SHOWN.contains(name)))
        .finding();
  }

  @Test
  void aRightOneIsWithinTheBudgetsThatAddUp() {
    assertTrue(judge(MadeTrace.of(NETWORK, TOKENS)).isEmpty());
  }

  @Test
  void aWrongOneIsBlamedByTheStretchAndTheMistakeInIt() {
    Trace right = MadeTrace.of(NETWORK, TOKENS);
    int[] positions = IntStream.range(0, TOKENS.length).toArray();
    Alternative mistake =
        new Suspects(NETWORK, right, "h.1.mlp.act")
            .all(0).stream()
                .filter(each -> each.hint().contains("cubic"))
                .findFirst()
                .orElseThrow();
    Estimate[] wrong =
        new Evaluation(NETWORK, right)
            .with("h.1.mlp.act", mistake.computation())
            .evaluate("h.1.mlp.act", positions);
    Finding finding = judge(MadeTrace.of(NETWORK, TOKENS, "h.1.mlp.act", wrong)).orElseThrow();
    assertEquals("h.1", finding.operation());
    assertEquals(
        List.of("h.1.ln_2", "h.1.mlp.c_fc", "h.1.mlp.act", "h.1.mlp.c_proj"), finding.unseen());
    assertEquals("h.1.mlp.act: " + mistake.hint(), finding.hint().orElse("none"));
    assertTrue(finding.blamed().contains("h.1.mlp.c_fc"), finding.blamed());
  }
}
