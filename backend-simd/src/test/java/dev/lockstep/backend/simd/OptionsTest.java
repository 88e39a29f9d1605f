package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.tck.RandomModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final Gpt2Config CONFIG = RandomModel.config(2, 2, 36, 30, 50);
  private static final Gpt2Weights WEIGHTS = RandomModel.tied(CONFIG, 1);

  private final SimdBackend backend = new SimdBackend();

  private OptionValues options(String name, String value) {
    return OptionValues.of(backend.options(), Map.of(name, value));
  }

  @Test
  void widthsThatTheMachineHasAreAvailableAndTheOthersRefused() {
    for (int bits : new int[] {128, 256, 512}) {
      OptionValues options = options("vector", Integer.toString(bits));
      if (bits <= Hardware.widestVectorBits()) {
        assertInstanceOf(Availability.Available.class, backend.availability(options));
        try (InferenceModel model = backend.load(WEIGHTS, options)) {
          assertEquals(Integer.toString(bits), model.executionPath().get("vector_bits"));
        }
      } else {
        Availability.Unavailable refusal =
            assertInstanceOf(Availability.Unavailable.class, backend.availability(options));
        assertTrue(refusal.reason().contains(Integer.toString(bits)), refusal.reason());
        assertThrows(IllegalArgumentException.class, () -> backend.load(WEIGHTS, options));
      }
    }
  }

  @Test
  void theExecutionPathTellsEveryOption() {
    OptionValues plainest =
        OptionValues.of(
            backend.options(),
            Map.of("aligned", "off", "unroll", "1", "vector", "off", "threads", "1"));
    try (InferenceModel model = backend.load(WEIGHTS, plainest)) {
      Map<String, String> path = model.executionPath();
      assertEquals("off", path.get("aligned"));
      assertEquals("1", path.get("unroll"));
      assertEquals("off", path.get("vector_bits"));
      assertEquals("1", path.get("threads"));
      assertEquals("none", path.get("huge_pages"));
      assertEquals("full", path.get("head"));
    }
  }

  @Test
  void theFootprintCoversWhatIsPacked() {
    Gpt2Config gpt2 = new Gpt2Config(12, 12, 768, 1024, 50257, 1e-5);
    OptionValues defaults = OptionValues.defaults(backend.options());
    long full = backend.privateBytes(gpt2, defaults);
    long certified = backend.privateBytes(gpt2, options("head", "certified"));
    assertTrue(full > gpt2.decodeWeightBytes() + 1024 * gpt2.kvBytesPerPosition(), full + "");
    assertTrue(certified - full > 50257L * 768, certified + "");
  }

  @Test
  void sessionsOfSeveralThreadsDoNotDisturbEachOther() throws InterruptedException {
    int[] tokens = new SplittableRandom(8).ints(30, 0, CONFIG.vocabSize()).toArray();
    Map<Integer, float[]> results = new ConcurrentHashMap<>();
    try (InferenceModel model =
        SimdModel.load(WEIGHTS, new SimdOptions(true, true, "max", 3, false))) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int chunk = i + 1;
        threads.add(Thread.ofPlatform().start(() -> results.put(chunk, run(model, tokens, chunk))));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      float[] alone = run(model, tokens, 5);
      for (int chunk = 1; chunk <= 3; chunk++) {
        float[] together = results.getOrDefault(chunk, new float[0]);
        SameBitsTest.assertSameBits(alone, together, "chunks of " + chunk);
      }
    }
  }

  private static float[] run(InferenceModel model, int[] tokens, int chunk) {
    float[] logits = {};
    try (InferenceSession session = model.newSession()) {
      while (session.position() < tokens.length) {
        int from = session.position();
        int to = Math.min(from + chunk, tokens.length);
        logits = session.forward(Arrays.copyOfRange(tokens, from, to)).clone();
      }
    }
    return logits;
  }

  @Test
  void anObserverThatThrowsLeavesTheSessionAsItWas() {
    try (InferenceModel model =
            SimdModel.load(WEIGHTS, new SimdOptions(true, true, "max", 3, false));
        InferenceSession session = model.newSession()) {
      float[] expected = session.forward(1, 2, 3).clone();
      session.rewind(2);
      session.observe(
          (name, position, values, offset, length) -> {
            throw new UnsupportedOperationException(name);
          });
      assertThrows(UnsupportedOperationException.class, () -> session.forward(3));
      assertEquals(2, session.position());
      session.observe(null);
      SameBitsTest.assertSameBits(expected, session.forward(3), "after the failure");
    }
  }
}
