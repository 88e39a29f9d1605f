package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.Logits;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import dev.lockstep.tck.RandomModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `-Dlockstep.update.sharp=true` searches the shipped prompts anew and rewrites their file.
class SharpPromptsTest {
  private static final Path SHIPPED =
      Path.of("src/main/resources/dev/lockstep/harness/verification/sharp/shakespeare.txt");

  private static final VerifyProgress SILENT =
      new VerifyProgress() {
        @Override
        public void expect(long steps) {}

        @Override
        public void phase(String what) {}

        @Override
        public void step() {}
      };

  private static SharpPrompts.Rows rows(Gpt2Weights weights) {
    return ids -> {
      List<double[]> single = InProcess.naiveLogits(weights, "f32", ids);
      List<double[]> exact = InProcess.naiveLogits(weights, "f64", ids);
      List<RoundingOracle.Row> rows = new ArrayList<>();
      for (int t = 0; t < ids.length; t++) {
        double error = 0;
        for (int id = 0; id < exact.get(t).length; id++) {
          error = Math.max(error, Math.abs(single.get(t)[id] - exact.get(t)[id]));
        }
        rows.add(new RoundingOracle.Row(exact.get(t), error));
      }
      return rows;
    };
  }

  private static List<SharpPrompt> search(Gpt2Weights weights, int count) throws Exception {
    List<SharpPrompt> found = new ArrayList<>();
    SharpPrompts.search(weights.config(), found, count, rows(weights), SILENT);
    return found;
  }

  private static List<SharpPass.Choice> choices(
      String backend, Gpt2Weights weights, List<SharpPrompt> prompts) throws Exception {
    try (InferenceModel model = InProcess.load(InProcess.backend(backend), weights, Map.of())) {
      return new SharpPass(weights.config()).choose(InProcess.runner(model), prompts);
    }
  }

  private static List<SharpPrompt> shipped(LoadedModel model) {
    return SharpPrompts.shipped(model.config(), model::sha256);
  }

  @Test
  void theShippedPromptsAreSharp() throws Exception {
    try (LoadedModel model = Models.open("shakespeare")) {
      if (Boolean.getBoolean("lockstep.update.sharp")) {
        StringBuilder text = new StringBuilder(model.sha256() + " " + model.config().vocabSize());
        for (SharpPrompt prompt : search(model.weights(), SharpPrompts.MAX_COUNT)) {
          text.append('\n').append(SharpPrompts.line(prompt));
        }
        Files.writeString(SHIPPED, text.append('\n'), StandardCharsets.UTF_8);
        return;
      }
      List<SharpPrompt> shipped = shipped(model);
      assertEquals(SharpPrompts.MAX_COUNT, shipped.size());
      for (SharpPrompt prompt : shipped) {
        RoundingOracle.Row row = rows(model.weights()).of(prompt.ids()).getLast();
        assertEquals(prompt.token(), Logits.argmax(row.exact()));
        assertEquals(prompt.margin(), Logits.margin(row.exact()), 1e-12);
        assertEquals(prompt.bound(), RoundingBound.of(row), 1e-12);
        assertTrue(prompt.isSharp(), prompt::toString);
      }
      assertTrue(
          shipped.stream().mapToInt(SharpPrompt::token).distinct().count() >= 32,
          "winners are spread");
    }
  }

  @Test
  void anotherModelHasNoneOfThem() throws Exception {
    try (LoadedModel model = Models.open("shakespeare")) {
      assertEquals(List.of(), SharpPrompts.shipped(model.config(), () -> "another"));
      assertEquals(
          List.of(), SharpPrompts.shipped(RandomModel.config(1, 2, 8, 9, 61), model::sha256));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"naive", "kvcache", "simd"})
  void rightBackendsChooseRightlyOnAllOfThem(String backend) throws Exception {
    try (LoadedModel model = Models.open("shakespeare")) {
      for (SharpPass.Choice choice : choices(backend, model.weights(), shipped(model))) {
        assertEquals(null, choice.problem(), backend);
        assertEquals(choice.prompt().token(), choice.token());
      }
    }
  }

  /// Its `generateGreedy` or `forwardGreedy` alone is wrong, or its logits are off by a little.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "broken-half-choice",
        "broken-forward-greedy",
        "broken-bf16-weights",
        "broken-half-cache",
        "faulty-short"
      })
  void wrongChoicesShow(String backend) throws Exception {
    try (LoadedModel model = Models.open("shakespeare")) {
      long wrong =
          choices(backend, model.weights(), shipped(model)).stream()
              .filter(choice -> choice.problem() != null)
              .count();
      assertNotEquals(0, wrong, backend);
    }
  }

  @Test
  void theyAreFoundForAnyModel() throws Exception {
    Gpt2Weights weights = RandomModel.untied(RandomModel.config(2, 2, 16, 40, 300), 4);
    List<SharpPrompt> found = search(weights, 3);
    assertEquals(3, found.size());
    for (SharpPass.Choice choice : choices("kvcache", weights, found)) {
      assertEquals(null, choice.problem());
    }
  }

  @Test
  void aModelOfOneTokenHasNone() throws Exception {
    Gpt2Weights weights = RandomModel.tied(RandomModel.config(1, 1, 4, 3, 1), 1);
    assertEquals(List.of(), search(weights, 1));
  }
}
