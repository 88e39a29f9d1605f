package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.harness.diagnosis.operation.Trace;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.tck.RandomModel;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was shown ends up under the tokens that a session really holds.
class RecordedTraceTest {
  private static final Gpt2Config SHAPE = RandomModel.config(2, 2, 8, 20, 17);
  private static final Gpt2Weights WEIGHTS = RandomModel.tied(SHAPE, 1);

  private static InferenceModel load(String id) {
    return InProcess.load(InProcess.backend(id), WEIGHTS, Map.of());
  }

  /// [1 2 3] 4 | back to 2 | [5 6], with a second session beside it.
  private static Script script() {
    Script.Builder script = new Script.Builder();
    script.forward(0, 1, 2, 3);
    script.forward(1, 9, 8, 7);
    script.forwardAll(0, 4);
    script.rewind(0, 2);
    script.forward(0, 5, 6);
    return script.build().observed();
  }

  @Test
  void aScriptKnowsWhatItLeavesBehind() {
    Script script = script();
    assertArrayEquals(new int[] {1, 2, 5, 6}, script.tokensOf(0));
    assertArrayEquals(new int[] {9, 8, 7}, script.tokensOf(1));
    assertArrayEquals(new int[] {0, 0, 2, 2}, script.callsOf(0));
    assertEquals(4, script.endOf(0));
    assertArrayEquals(new int[] {0, 1}, script.sessions());
    assertEquals(
        java.util.List.of(
            new Script.Row(2, 0, 2),
            new Script.Row(3, 1, 2),
            new Script.Row(4, 0, 3),
            new Script.Row(6, 0, 3)),
        script.rows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"naive", "kvcache"})
  void rowsAreThoseOfTheTokensThatAreHeld(String id) throws Exception {
    Script.Builder fresh = new Script.Builder();
    fresh.forward(0, 1, 2);
    fresh.forward(0, 5, 6);
    try (InferenceModel model = load(id);
        Playback play = InProcess.play(model, script());
        Playback right = InProcess.play(model, fresh.build().observed())) {
      Trace trace = new RecordedTrace(play, 0, SHAPE);
      Trace expected = new RecordedTrace(right, 0, SHAPE);
      assertArrayEquals(expected.tokens(), trace.tokens());
      assertEquals(expected.shown(), trace.shown());
      for (String name : expected.shown()) {
        // A head is shown where logits were asked for: at 2 in the first call, which is forgotten.
        int[] positions = name.startsWith("l") ? new int[] {3} : IntStream.range(0, 4).toArray();
        assertArrayEquals(positions, trace.positions(name), name);
        for (int position : positions) {
          assertArrayEquals(
              expected.row(name, position), trace.row(name, position), name + position);
        }
      }
    }
  }

  @Test
  void whatWasForgottenOrBelongsToOthersIsForeign() throws Exception {
    try (InferenceModel model = load("kvcache");
        Playback play = InProcess.play(model, script())) {
      Trace trace = new RecordedTrace(play, 0, SHAPE);
      String name = "h.0.attn.c_attn";
      assertEquals(
          java.util.List.of("of session 1"),
          trace.foreign(name, 1).stream().map(Trace.Foreign::origin).toList());
      assertEquals(
          java.util.List.of("of session 1", "of the tokens before the rewind"),
          trace.foreign(name, 2).stream().map(Trace.Foreign::origin).sorted().toList());
      assertFalse(Arrays.equals(trace.row(name, 2), trace.foreign(name, 2).getFirst().values()));
      assertThrows(IllegalArgumentException.class, () -> trace.row("ln_f", 0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"broken-activation-names", "broken-activation-lengths"})
  void whatNoBackendMayShowIsRefused(String id) throws Exception {
    try (InferenceModel model = load(id);
        Playback play = InProcess.play(model, script())) {
      WorkerFailure failure =
          assertThrows(WorkerFailure.class, () -> new RecordedTrace(play, 0, SHAPE));
      assertEquals(WorkerFailure.Kind.INVALID_REPLY, failure.kind());
      assertTrue(failure.getMessage().contains("wte+wpe"), failure.getMessage());
    }
  }
}
