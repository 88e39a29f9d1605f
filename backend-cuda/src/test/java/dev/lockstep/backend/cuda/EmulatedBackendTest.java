package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.tck.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The whole backend on the embedded model, on an emulated card that is said to be an A100.
@ExtendWith(EmulatedCard.WithCompiler.class)
class EmulatedBackendTest {
  private static final int NEW_TOKENS = 6;

  @BeforeAll
  static void anA100() {
    EmulatedCard.set("EMULATED_CARD_CAPABILITY", "8.0");
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", "108");
  }

  @AfterEach
  void nothingWasWrongAndNothingIsLeft() {
    EmulatedCard.set("EMULATED_CARD_CAPABILITY", null);
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", null);
    assertEquals("", EmulatedCard.finding());
    assertEquals(0, EmulatedCard.held());
  }

  /// A driver that refuses machine code is handed PTX.
  @Test
  void theEmbeddedModelsTokensAreTheGoldenOnesWithPtxWhereMachineCodeIsRefused() {
    CudaBackend backend = new CudaBackend();
    OptionValues options = OptionValues.of(backend.options(), Map.of());
    Availability availability = backend.availability(options);
    assertEquals(
        "Emulated card (PTX on the CPU)", assertInstanceOf(Available.class, availability).device());
    Golden golden =
        Golden.all().stream().filter(g -> g.name().equals("shakespeare")).findFirst().orElseThrow();
    GoldenCase first = golden.file().cases().getFirst();
    List<Integer> tokens = new ArrayList<>();
    try (LoadedModel opened = golden.openModel();
        InferenceModel model = backend.load(opened.weights(), options)) {
      try (InferenceSession session = model.newSession()) {
        session.generateGreedy(first.promptIds(), NEW_TOKENS, tokens::add);
      }
      String kernels = model.executionPath().getOrDefault("kernels", "");
      assertTrue(kernels.startsWith("ptx compute_80"), kernels);
    }
    assertEquals(Arrays.stream(first.greedyIds()).limit(NEW_TOKENS).boxed().toList(), tokens);
  }
}
