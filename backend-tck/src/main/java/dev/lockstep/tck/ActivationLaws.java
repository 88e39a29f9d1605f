package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Activations;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a backend shows of its work has the names, shapes and places that it says, and looking
/// changes nothing. A backend may show a part of the activations, or none.
public interface ActivationLaws extends Subject {

  /// The rows that were shown, by name and position, in order.
  final class Recorded {
    final Map<String, Map<Integer, float[]>> rows = new LinkedHashMap<>();
    final Map<Integer, List<String>> namesByPosition = new LinkedHashMap<>();

    void record(String name, int position, float[] values, int offset, int length) {
      float[] row = Arrays.copyOfRange(values, offset, offset + length);
      Map<Integer, float[]> known = rows.computeIfAbsent(name, n -> new LinkedHashMap<>());
      assertTrue(known.put(position, row) == null, name + " shown twice at " + position);
      namesByPosition.computeIfAbsent(position, p -> new ArrayList<>()).add(name);
    }
  }

  @Test
  default void everyActivationThatIsPromisedIsShownWithItsShape() {
    int[] tokens = Subject.tokens(SHAPE, 12, 1);
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      Recorded prefill = new Recorded();
      Set<String> promised = session.observe(prefill::record);
      assertTrue(Activations.all(SHAPE).containsAll(promised), "only known names: " + promised);
      session.forward(Arrays.copyOf(tokens, 11));
      assertRows(prefill, promised, 0, 11);
      Recorded decode = new Recorded();
      session.observe(decode::record);
      session.forward(tokens[11]);
      assertRows(decode, promised, 11, 12);
    }
  }

  private static void assertRows(Recorded shown, Set<String> promised, int from, int to) {
    assertEquals(promised, shown.rows.keySet());
    shown.namesByPosition.forEach(
        (position, names) -> {
          List<String> order = new ArrayList<>(Activations.all(SHAPE));
          order.retainAll(names);
          assertEquals(order, names, "position " + position + ": the order of the computation");
        });
    for (String name : promised) {
      boolean onlyLast = name.equals(Activations.LN_F) || name.equals(Activations.LM_HEAD);
      Map<Integer, float[]> rows = shown.rows.getOrDefault(name, Map.of());
      assertEquals(
          IntStream.range(onlyLast ? to - 1 : from, to).boxed().toList(),
          List.copyOf(rows.keySet()),
          name + ": positions");
      for (float[] row : rows.values()) {
        assertEquals(Activations.length(SHAPE, name), row.length, name + ": length");
      }
    }
  }

  @Test
  default void theHeadIsShownForEveryPositionThatIsAskedFor() {
    int[] tokens = Subject.tokens(SHAPE, 9, 2);
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      Recorded shown = new Recorded();
      Set<String> promised = session.observe(shown::record);
      Map<Integer, float[]> logits = new LinkedHashMap<>();
      session.forwardAll(tokens, (position, row) -> logits.put(position, row.clone()));
      for (String name : List.of(Activations.LN_F, Activations.LM_HEAD)) {
        if (promised.contains(name)) {
          assertEquals(logits.keySet(), shown.rows.getOrDefault(name, Map.of()).keySet(), name);
        }
      }
      shown
          .rows
          .getOrDefault(Activations.LM_HEAD, Map.of())
          .forEach((position, row) -> assertArrayEquals(logits.get(position), row, 0f));
    }
  }

  @Test
  default void beingObservedChangesNoBit() {
    int[] tokens = Subject.tokens(SHAPE, 20, 4);
    int[] more = Subject.tokens(SHAPE, 9, 5);
    try (InferenceModel model = loadRandom();
        InferenceSession alone = model.newSession();
        InferenceSession watched = model.newSession()) {
      // Before anything was observed: looking at one session must not change the others either.
      List<float[]> expected = new ArrayList<>();
      for (int token : tokens) {
        expected.add(alone.forward(token).clone());
      }
      float[] expectedOfBatch = alone.forward(more).clone();
      int expectedBest = alone.forwardGreedy(1);
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < tokens.length; i++) {
        if (i % 3 == 0) {
          watched.observe((name, position, values, offset, length) -> seen.add(name));
        } else if (i % 3 == 1) {
          watched.observe(null);
          seen.clear();
        }
        assertArrayEquals(expected.get(i), watched.forward(tokens[i]), 0f, "step " + i);
        assertTrue(i % 3 == 0 || seen.isEmpty(), "nothing is shown after observe(null)");
      }
      watched.observe((name, position, values, offset, length) -> {});
      assertArrayEquals(expectedOfBatch, watched.forward(more), 0f, "a batch");
      assertEquals(expectedBest, watched.forwardGreedy(1));
    }
  }

  /// A backend without a clock of its own says null and has appended nothing.
  @Test
  default void timingOperationsComputesWhatForwardDoes() {
    int[] tokens = Subject.tokens(SHAPE, 9, 6);
    List<int[]> calls = List.of(Arrays.copyOf(tokens, 8), new int[] {tokens[8]});
    try (InferenceModel model = loadRandom();
        InferenceSession plain = model.newSession();
        InferenceSession timed = model.newSession()) {
      for (int[] call : calls) {
        int before = timed.position();
        Map<String, Long> nanos = timed.timeOperations(call);
        if (nanos == null) {
          assertEquals(before, timed.position(), "position after a call that times nothing");
          return;
        }
        plain.forward(call);
        assertEquals(plain.position(), timed.position(), "position after a call that is timed");
        List<String> order = new ArrayList<>(Activations.all(SHAPE));
        order.retainAll(nanos.keySet());
        assertEquals(order, List.copyOf(nanos.keySet()), "the order of the computation");
        assertTrue(nanos.values().stream().allMatch(spent -> spent >= 0), nanos.toString());
        assertTrue(nanos.values().stream().anyMatch(spent -> spent > 0), nanos.toString());
      }
      tolerance().assertLogits(plain.forward(1), timed.forward(1), "after calls that were timed");
    }
  }
}
