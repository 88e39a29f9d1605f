package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Backend;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// At the shape of the 124M model the tokens are those of stage 2: a prompt through prefill, then
/// decode, with random weights.
class FullSizeTest {
  private static final int[] PROMPT = {464, 2068, 7586, 21831, 18045, 625, 262, 16931, 3290};
  private static final int NEW_TOKENS = 8;

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  @Test
  void theTokensAreThoseOfTheKvCache() {
    try (LoadedModel loaded = Models.open("synthetic:gpt2")) {
      List<Integer> expected = tokens(new KvCacheBackend(), loaded);
      assertEquals(expected, tokens(new OpenClBackend(), loaded));
    }
  }

  private static List<Integer> tokens(Backend backend, LoadedModel loaded) {
    List<Integer> tokens = new ArrayList<>();
    OptionValues defaults = OptionValues.defaults(backend.options());
    try (InferenceModel model = backend.load(loaded.weights(), defaults);
        InferenceSession session = model.newSession()) {
      session.generateGreedy(PROMPT, NEW_TOKENS, tokens::add);
    }
    return tokens;
  }
}
