package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationsPassTest {
  private static OperationsPass.Result watch(String backend, int positions) throws Exception {
    Gpt2Weights weights = RandomModel.untied(RandomModel.config(2, 3, 33, positions, 61), 1);
    int[] tokens = Subject.tokens(weights.config(), positions, 2);
    try (InferenceModel model = InProcess.load(InProcess.backend(backend), weights, Map.of())) {
      return new OperationsPass(weights, tokens).watch(InProcess.runner(model));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"naive", "kvcache", "simd"})
  void rightBackendsPass(String backend) throws Exception {
    for (int positions : new int[] {1, 2, 3, 8, 40}) {
      assertNull(watch(backend, positions).problem(), backend);
    }
  }

  /// None of these moves a logit by more than the rounding of a whole network, or at all.
  @ParameterizedTest
  @CsvSource({
    "broken-gelu-coefficient, h.1.mlp.act",
    "broken-key-bias, h.1.attn.c_attn",
    "broken-activation-values, h.0.ln_2.in"
  })
  void anOperationThatIsSlightlyWrongIsNamed(String backend, String operation) throws Exception {
    String problem = watch(backend, 40).problem();
    assertNotNull(problem, backend);
    assertTrue(problem.startsWith(operation + ", position "), problem);
  }

  @Test
  void anActivationThatIsPromisedAndNotShownIsNamed() throws Exception {
    String problem = watch("broken-promised-activation", 40).problem();
    assertNotNull(problem);
    assertTrue(problem.contains("promises to show h.0.mlp.act"), problem);
  }
}
