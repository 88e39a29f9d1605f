package dev.lockstep.harness.diagnosis.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.hint.MadeTrace;
import dev.lockstep.harness.diagnosis.hint.MadeWeights;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.Evaluation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// An error that no mistake explains is told by the inputs that bring it about.
class InputConditionsTest {
  private static final Gpt2Config SHAPE = new Gpt2Config(2, 3, 12, 24, 29, 1e-5);
  private static final Gpt2Weights WEIGHTS = MadeWeights.untied(SHAPE, 1);
  private static final Network NETWORK = new Network(WEIGHTS);
  private static final int[] TOKENS = {3, 17, 9, 17, 28, 1, 9, 20, 3, 12, 22, 5};
  private static final int[] POSITIONS = IntStream.range(0, TOKENS.length).toArray();
  private static final Trace RIGHT = MadeTrace.of(NETWORK, TOKENS);

  /// What is found where some rows of an operation are wrong in no way that has a name.
  private static Finding found(String name, IntPredicate isWrong) {
    SplittableRandom random = new SplittableRandom(9);
    Estimate[] rows = new Evaluation(NETWORK, RIGHT).evaluate(name, POSITIONS);
    for (int p : POSITIONS) {
      double[] values = rows[p].values();
      if (isWrong.test(p)) {
        Arrays.setAll(values, c -> values[c] * (1 + 0.01 * random.nextGaussian()));
      }
    }
    Finding finding = found(name, rows);
    assertEquals(Optional.empty(), finding.hint());
    return finding;
  }

  private static Finding found(String name, Estimate[] rows) {
    Trace trace = MadeTrace.of(NETWORK, TOKENS, name, rows);
    Finding finding = new Explainer(WEIGHTS, each -> {}).explain(trace).finding().orElseThrow();
    assertEquals(name, finding.operation());
    return finding;
  }

  private static void assertSays(String what, Finding finding) {
    assertTrue(
        finding.where().stream().anyMatch(said -> said.startsWith(what)),
        () -> what + ": " + finding.where());
  }

  @Test
  void aToken() {
    assertSays("every row of token 17", found("h.1.mlp.c_fc", p -> TOKENS[p] == 17));
  }

  @Test
  void idsFromALimitOn() {
    assertSays(
        "every row of a token whose id is at least 20 (of a right one at most 17)",
        found("h.0.mlp.c_proj", p -> TOKENS[p] >= 20));
  }

  @Test
  void tokensThatCameBefore() {
    assertSays(
        "every row of a token that came before",
        found("h.1.mlp.c_fc", p -> p == 3 || p == 6 || p == 8));
  }

  @Test
  void rowsWithLargeNumbers() {
    double[] greatest =
        Arrays.stream(POSITIONS)
            .mapToDouble(
                p -> Arrays.stream(RIGHT.row("h.1.ln_2", p)).map(Math::abs).max().orElse(0))
            .toArray();
    double limit = Arrays.stream(greatest).sorted().skip(8).findFirst().orElseThrow();
    assertSays(
        "every row whose greatest value of h.1.ln_2 is at least",
        found("h.1.mlp.c_fc", p -> greatest[p] >= limit));
  }

  @Test
  void positionsOfABlock() {
    assertSays("every position that is a multiple of 4", found("h.1.mlp.c_fc", p -> p % 4 == 0));
  }

  @Test
  void aRangeOfValues() {
    Estimate[] rows = new Evaluation(NETWORK, RIGHT).evaluate("h.1.mlp.act", POSITIONS);
    SplittableRandom random = new SplittableRandom(9);
    for (int p : POSITIONS) {
      double[] inputs = RIGHT.row("h.1.mlp.c_fc", p);
      double[] values = rows[p].values();
      for (int c = 0; c < inputs.length; c++) {
        if (inputs[c] > 0.5 && inputs[c] < 2) {
          values[c] *= 1.5 + random.nextDouble();
        }
      }
    }
    assertSays("every value whose input lies between 0.5", found("h.1.mlp.act", rows));
  }

  @Test
  void whereEveryRowIsWrongNothingIsTold() {
    Finding finding = found("h.1.mlp.c_fc", p -> true);
    assertEquals(finding.rowsShown(), finding.rowsBeyond());
    assertEquals(List.of(), finding.where());
  }

  /// By chance one wrong row has the greatest number, or the greatest id.
  @Test
  void oneRowIsNoLimit() {
    Finding finding = found("h.1.mlp.c_fc", p -> p == 4);
    assertEquals(List.of("position 4 alone", "every row of token 28"), finding.where());
  }
}
