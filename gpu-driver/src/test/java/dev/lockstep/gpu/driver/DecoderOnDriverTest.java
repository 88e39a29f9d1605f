package dev.lockstep.gpu.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The decoder on a [DriverDevice] whose context executes: captured tokens, single launches, and
/// launches that are waited for give the same bits, and kvcache's tokens.
class DecoderOnDriverTest {
  private static final Gpt2Weights WEIGHTS = RandomModel.tied(Subject.SHAPE, 1);

  private static InferenceModel load(boolean graph, boolean synchronous) {
    DriverDevice device =
        new DriverDevice(
            OpenClContext.require(),
            OpenClContext.TRAITS,
            OpenClContext.maker(),
            graph,
            synchronous);
    return GpuModel.load(
        WEIGHTS,
        device,
        new GpuOptions(KernelOptions.DEFAULT, graph),
        Map.of("graph", graph ? "on" : "off"));
  }

  /// What a backend says of a conversation: a prompt, greedy text, a rewind, other text, single
  /// steps with their logits, and another session in between.
  private static List<Object> converse(InferenceModel model, List<float[]> logits) {
    Gpt2Config config = model.config();
    List<Object> said = new ArrayList<>();
    try (InferenceSession session = model.newSession();
        InferenceSession other = model.newSession()) {
      session.generateGreedy(Subject.tokens(config, 7, 1), 20, said::add);
      said.add(other.forwardGreedy(Subject.tokens(config, 19, 2)));
      session.rewind(9);
      session.generateGreedy(Subject.tokens(config, 1, 3), 12, said::add);
      for (int token : Subject.tokens(config, 5, 4)) {
        logits.add(session.forward(token).clone());
        said.add(other.forwardGreedy(token));
      }
      session.rewind(0);
      logits.add(session.forward(Subject.tokens(config, 33, 5)).clone());
      said.add(session.position());
    }
    return said;
  }

  @Test
  void graphsLoopsAndWaitingGiveTheSameBitsAndKvcachesTokens() {
    List<float[]> graphLogits = new ArrayList<>();
    List<float[]> loopLogits = new ArrayList<>();
    List<float[]> waitingLogits = new ArrayList<>();
    List<Object> withGraph;
    try (InferenceModel model = load(true, false)) {
      withGraph = converse(model, graphLogits);
      assertEquals("on", model.executionPath().get("graph"));
    }
    try (InferenceModel model = load(false, false)) {
      assertEquals(withGraph, converse(model, loopLogits));
    }
    try (InferenceModel model = load(true, true)) {
      assertEquals(withGraph, converse(model, waitingLogits));
    }
    for (int i = 0; i < graphLogits.size(); i++) {
      assertArrayEquals(graphLogits.get(i), loopLogits.get(i), "logits " + i);
      assertArrayEquals(graphLogits.get(i), waitingLogits.get(i), "logits " + i);
    }
    KvCacheBackend reference = new KvCacheBackend();
    try (InferenceModel model =
        reference.load(WEIGHTS, OptionValues.defaults(reference.options()))) {
      assertEquals(converse(model, new ArrayList<>()), withGraph);
    }
  }
}
