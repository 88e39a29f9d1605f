package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A session that is rewound is a session that never saw what came after.
public interface RewindLaws extends Subject {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 31, 39})
  default void whatWasForgottenLeavesNoTrace(int position) {
    int[] kept = Subject.tokens(SHAPE, position, 1);
    int[] forgotten = Subject.tokens(SHAPE, SHAPE.nPositions() - position, 2);
    int[] after = Subject.tokens(SHAPE, 9, 3);
    try (InferenceModel model = loadRandom();
        InferenceSession fresh = model.newSession();
        InferenceSession rewound = model.newSession()) {
      for (InferenceSession session : new InferenceSession[] {fresh, rewound}) {
        if (position > 0) {
          session.forward(kept);
        }
      }
      rewound.forward(forgotten);
      rewound.rewind(position);
      assertEquals(position, rewound.position());
      assertArrayEquals(fresh.forward(after), rewound.forward(after), 0f);
      assertArrayEquals(fresh.forward(5), rewound.forward(5), 0f);
      assertEquals(fresh.position(), rewound.position());
    }
  }

  @Test
  default void rewindingOneTokenAtATimeReplaysEveryStep() {
    int[] tokens = Subject.tokens(SHAPE, 12, 4);
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      float[][] seen = new float[tokens.length][];
      for (int i = 0; i < tokens.length; i++) {
        seen[i] = session.forward(tokens[i]).clone();
      }
      for (int i = tokens.length - 1; i >= 0; i--) {
        session.rewind(i);
        assertArrayEquals(seen[i], session.forward(tokens[i]), 0f, "position " + i);
        session.rewind(i);
      }
    }
  }

  /// In whatever form the forgotten tokens came in.
  @Test
  default void whatWasGeneratedLeavesNoTrace() {
    int[] kept = Subject.tokens(SHAPE, 11, 6);
    int[] forgotten = Subject.tokens(SHAPE, 9, 7);
    int[] after = Subject.tokens(SHAPE, 5, 8);
    Map<String, Consumer<InferenceSession>> forms = new LinkedHashMap<>();
    forms.put("forwardGreedy", session -> session.forwardGreedy(forgotten));
    forms.put("generateGreedy", session -> session.generateGreedy(forgotten, 9, token -> {}));
    forms.put("forwardAll", session -> session.forwardAll(forgotten, (position, row) -> {}));
    forms.put("forwardAllF64", session -> session.forwardAllF64(forgotten, (position, row) -> {}));
    try (InferenceModel model = loadRandom();
        InferenceSession fresh = model.newSession();
        InferenceSession rewound = model.newSession()) {
      fresh.forward(kept);
      rewound.forward(kept);
      float[] expected = fresh.forward(after).clone();
      forms.forEach(
          (name, form) -> {
            rewound.rewind(kept.length);
            form.accept(rewound);
            rewound.rewind(kept.length);
            assertArrayEquals(expected, rewound.forward(after), 0f, "after " + name);
          });
    }
  }

  /// A session that is emptied again and again goes through its context many times.
  @Test
  default void aSessionCanBeUsedAgainAndAgain() {
    int[] tokens = Subject.tokens(SHAPE, 8, 9);
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      float[] expected = session.forward(tokens).clone();
      for (int round = 0; round < 2 * SHAPE.nPositions(); round++) {
        session.rewind(0);
        assertArrayEquals(expected, session.forward(tokens), 0f, "round " + round);
      }
    }
  }

  @Test
  default void rewindingToTheEndChangesNothing() {
    int[] tokens = Subject.tokens(SHAPE, 20, 5);
    try (InferenceModel model = loadRandom();
        InferenceSession plain = model.newSession();
        InferenceSession rewound = model.newSession()) {
      plain.forward(Arrays.copyOf(tokens, 10));
      rewound.forward(Arrays.copyOf(tokens, 10));
      rewound.rewind(10);
      int[] rest = Arrays.copyOfRange(tokens, 10, 20);
      assertArrayEquals(plain.forward(rest), rewound.forward(rest), 0f);
    }
  }
}
