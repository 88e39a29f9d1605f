package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Bad input is refused by name, and leaves the session as it was.
public interface RefusalLaws extends Subject {
  int HELD = 10;

  /// A call that is to be refused, and what the message must name: the value and the limit.
  record Refused(Consumer<InferenceSession> call, String value, String limit) {}

  private static Map<String, Refused> badInput() {
    int vocabulary = SHAPE.vocabSize();
    int positions = SHAPE.nPositions();
    String v = Integer.toString(vocabulary);
    String n = Integer.toString(positions);
    int[] tooMany = new int[positions - HELD + 1];
    String many = Integer.toString(tooMany.length);
    Map<String, Refused> calls = new LinkedHashMap<>();
    calls.put("no tokens", new Refused(s -> s.forward(), "no", "one"));
    calls.put("a negative id", new Refused(s -> s.forward(3, -1), "-1", v));
    calls.put("an id too large", new Refused(s -> s.forward(3, vocabulary), v, v));
    calls.put("the largest int", new Refused(s -> s.forward(Integer.MAX_VALUE), "2147483647", v));
    calls.put("too many tokens", new Refused(s -> s.forward(tooMany), many, n));
    calls.put("greedy, no tokens", new Refused(s -> s.forwardGreedy(), "no", "one"));
    calls.put("greedy, id too large", new Refused(s -> s.forwardGreedy(vocabulary), v, v));
    calls.put("all, no tokens", new Refused(s -> all(s), "no", "one"));
    calls.put("all, a bad last id", new Refused(s -> all(s, 1, 2, vocabulary), v, v));
    calls.put("all, too many tokens", new Refused(s -> all(s, tooMany), many, n));
    calls.put("in double, no tokens", new Refused(s -> allF64(s), "no", "one"));
    calls.put("in double, a bad last id", new Refused(s -> allF64(s, 1, 2, vocabulary), v, v));
    calls.put("in double, too many tokens", new Refused(s -> allF64(s, tooMany), many, n));
    calls.put("generate nothing", new Refused(s -> generate(s, 0, 1), "0", "1"));
    calls.put("generate less than nothing", new Refused(s -> generate(s, -1, 1), "-1", "1"));
    calls.put("generate from nothing", new Refused(s -> generate(s, 1), "no", "one"));
    calls.put("generate from a bad id", new Refused(s -> generate(s, 1, vocabulary), v, v));
    calls.put(
        "generate too much",
        new Refused(
            s -> generate(s, positions - HELD + 1, 1), Integer.toString(positions - HELD + 1), n));
    calls.put(
        "generate two after a prompt up to the last position",
        new Refused(s -> generate(s, 2, new int[positions - HELD]), "2", n));
    calls.put(
        "generate beyond all bounds",
        new Refused(s -> generate(s, Integer.MAX_VALUE, 1), "2147483647", n));
    calls.put("rewind below zero", new Refused(s -> s.rewind(-1), "-1", "10"));
    calls.put("rewind beyond the end", new Refused(s -> s.rewind(HELD + 1), "11", "10"));
    return calls;
  }

  private static void all(InferenceSession session, int... tokens) {
    session.forwardAll(tokens, (position, logits) -> {});
  }

  private static void allF64(InferenceSession session, int... tokens) {
    session.forwardAllF64(tokens, (position, logits) -> {});
  }

  private static void generate(InferenceSession session, int n, int... prompt) {
    session.generateGreedy(prompt, n, token -> {});
  }

  @TestFactory
  default Stream<DynamicTest> badInputIsRefusedAndTheSessionKept() {
    return badInput().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(entry.getKey(), () -> assertRefused(entry.getValue())));
  }

  private void assertRefused(Refused refused) {
    int[] held = Subject.tokens(SHAPE, HELD, 1);
    try (InferenceModel model = loadRandom();
        InferenceSession undisturbed = model.newSession();
        InferenceSession session = model.newSession()) {
      undisturbed.forward(held);
      session.forward(held);
      String message =
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> refused.call.accept(session))
                  .getMessage());
      assertTrue(
          message.contains(refused.value) && message.contains(refused.limit),
          "the message names '%s' and '%s': %s".formatted(refused.value, refused.limit, message));
      assertEquals(HELD, session.position(), "position after the refusal");
      assertArrayEquals(undisturbed.forward(1), session.forward(1), 0f, "logits afterwards");
    }
  }

  @Test
  default void theLastPositionCanBeUsedAndNoMore() {
    try (InferenceModel model = loadRandom();
        InferenceSession session = model.newSession()) {
      session.forward(Subject.tokens(SHAPE, SHAPE.nPositions(), 2));
      assertEquals(SHAPE.nPositions(), session.position());
      assertThrows(IllegalArgumentException.class, () -> session.forward(1));
      assertEquals(SHAPE.nPositions(), session.position());
    }
  }

  /// It is not appended: a prompt that fills the context still has a token after it.
  @Test
  default void theLastNewTokenNeedsNoPosition() {
    int[] whole = Subject.tokens(SHAPE, SHAPE.nPositions(), 9);
    try (InferenceModel model = loadRandom();
        InferenceSession logits = model.newSession();
        InferenceSession session = model.newSession()) {
      for (int length : new int[] {whole.length, whole.length - 1, whole.length - 7}) {
        int[] prompt = Arrays.copyOf(whole, length);
        int n = whole.length - length + 1;
        logits.rewind(0);
        List<Integer> expected = new ArrayList<>();
        expected.add(Logits.argmax(logits.forward(prompt)));
        while (expected.size() < n) {
          expected.add(Logits.argmax(logits.forward(expected.getLast())));
        }
        session.rewind(0);
        List<Integer> generated = new ArrayList<>();
        session.generateGreedy(prompt, n, generated::add);
        assertEquals(expected, generated, n + " new tokens after " + length);
        assertEquals(whole.length, session.position());
        assertThrows(IllegalArgumentException.class, () -> generate(session, 1, 1));
        session.rewind(length - 1);
        int[] last = {whole[length - 1]};
        assertThrows(IllegalArgumentException.class, () -> generate(session, n + 1, last));
        assertEquals(length - 1, session.position());
      }
    }
  }

  @Test
  default void aClosedSessionRefusesEverything() {
    try (InferenceModel model = loadRandom()) {
      InferenceSession session = model.newSession();
      session.forward(1, 2);
      session.close();
      assertClosed(session);
      assertDoesNotThrow(session::close, "closing twice does nothing");
    }
  }

  @Test
  default void aClosedModelClosesItsSessions() {
    InferenceModel model = loadRandom();
    InferenceSession session = model.newSession();
    session.forward(1, 2);
    model.close();
    assertThrows(IllegalStateException.class, model::newSession);
    assertClosed(session);
    assertDoesNotThrow(session::close, "a session may be closed after its model");
    assertDoesNotThrow(model::close, "closing twice does nothing");
  }

  /// Everything is refused, and bad input no other way than good input: that it is closed comes
  /// first.
  private static void assertClosed(InferenceSession session) {
    assertThrows(IllegalStateException.class, session::position);
    assertThrows(IllegalStateException.class, () -> session.forward(1));
    assertThrows(IllegalStateException.class, () -> session.forwardGreedy(1));
    assertThrows(IllegalStateException.class, () -> all(session, 1));
    assertThrows(IllegalStateException.class, () -> allF64(session, 1));
    assertThrows(IllegalStateException.class, () -> generate(session, 1, 1));
    assertThrows(IllegalStateException.class, () -> session.rewind(0));
    assertThrows(IllegalStateException.class, () -> session.observe(null));
    badInput()
        .forEach(
            (what, refused) ->
                assertThrows(
                    IllegalStateException.class, () -> refused.call.accept(session), what));
  }
}
