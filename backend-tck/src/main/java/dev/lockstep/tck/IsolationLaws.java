package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What one session does, no other one notices; and the same input gives the same bits, always.
public interface IsolationLaws extends Subject {

  @Test
  default void theSamePromptTwiceGivesTheSameBits() {
    int[] tokens = Subject.tokens(SHAPE, 33, 1);
    try (InferenceModel model = loadRandom()) {
      assertArrayEquals(trace(model, tokens), trace(model, tokens));
    }
  }

  /// Two, and more than a pool is likely to have room for.
  @ParameterizedTest
  @ValueSource(ints = {2, 33})
  default void sessionsThatTakeTurnsDoNotDisturbEachOther(int count) {
    int steps = 12;
    try (InferenceModel model = loadRandom()) {
      List<float[][]> expected = new ArrayList<>();
      for (int seed = 0; seed < count; seed++) {
        expected.add(trace(model, Subject.tokens(SHAPE, steps, seed)));
      }
      List<InferenceSession> sessions = new ArrayList<>();
      try {
        for (int i = 0; i < count; i++) {
          sessions.add(model.newSession());
        }
        for (int step = 0; step < steps; step++) {
          for (int i = 0; i < count; i++) {
            int token = Subject.tokens(SHAPE, steps, i)[step];
            String what = String.format(Locale.ROOT, "session %d of %d, step %d", i, count, step);
            assertArrayEquals(expected.get(i)[step], sessions.get(i).forward(token), 0f, what);
          }
        }
      } finally {
        sessions.forEach(InferenceSession::close);
      }
    }
  }

  @Test
  default void logitsStayValidWhileAnotherSessionWorks() {
    try (InferenceModel model = loadRandom();
        InferenceSession first = model.newSession();
        InferenceSession second = model.newSession()) {
      float[] logits = first.forward(1, 2, 3);
      float[] expected = logits.clone();
      second.forward(4, 5);
      assertArrayEquals(expected, logits, 0f);
    }
  }

  /// A session neither writes to the arrays that it is given nor reads them after the call.
  @Test
  default void theTokensHandedInStayTheCallers() {
    int[] tokens = Subject.tokens(SHAPE, 12, 7);
    try (InferenceModel model = loadRandom();
        InferenceSession undisturbed = model.newSession();
        InferenceSession session = model.newSession()) {
      undisturbed.forward(tokens.clone());
      float[] expected = undisturbed.forward(1).clone();
      int[] given = tokens.clone();
      session.forward(given);
      assertArrayEquals(tokens, given, "after forward");
      Arrays.fill(given, 0);
      assertArrayEquals(
          expected, session.forward(1), 0f, "logits after the caller's array changed");
      session.rewind(0);
      given = tokens.clone();
      session.generateGreedy(given, 3, token -> {});
      assertArrayEquals(tokens, given, "after generateGreedy");
      session.rewind(0);
      session.forwardAll(given, (position, logits) -> {});
      assertArrayEquals(tokens, given, "after forwardAll");
    }
  }

  /// Prompts that end alike are different prompts: an answer must not be recalled by a part of
  /// what was asked.
  @Test
  default void anAnswerDependsOnTheWholePrompt() {
    int n = 12;
    try (InferenceModel model = loadRandom()) {
      for (int seed = 0; seed < 8; seed++) {
        int[] prompt = Subject.tokens(SHAPE, 24, 6);
        System.arraycopy(Subject.tokens(SHAPE, 8, seed), 0, prompt, 0, 8);
        List<Integer> expected = new ArrayList<>();
        List<Integer> generated = new ArrayList<>();
        try (InferenceSession steps = model.newSession();
            InferenceSession loop = model.newSession()) {
          expected.add(Logits.argmax(steps.forward(prompt)));
          while (expected.size() < n) {
            expected.add(Logits.argmax(steps.forward(expected.getLast())));
          }
          loop.generateGreedy(prompt, n, generated::add);
        }
        assertEquals(expected, generated, "prefix " + seed);
      }
    }
  }

  @Test
  default void sessionsOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
    try (InferenceModel model = loadRandom();
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<float[][]> expected = new ArrayList<>();
      List<Callable<float[][]>> work = new ArrayList<>();
      for (int seed = 0; seed < 12; seed++) {
        int[] tokens = Subject.tokens(SHAPE, 30, seed);
        expected.add(trace(model, tokens));
        work.add(() -> trace(model, tokens));
      }
      List<Future<float[][]>> results = threads.invokeAll(work);
      for (int i = 0; i < results.size(); i++) {
        assertArrayEquals(expected.get(i), results.get(i).get(), "session " + i);
      }
    }
  }

  /// A short round of [Stress]; `lockstep tck --stress` goes on for as long as is asked.
  @Test
  default void noScheduleOfSeveralThreadsChangesABit() {
    try (InferenceModel model = loadRandom()) {
      for (int seed = 1; seed <= 4; seed++) {
        assertNull(Stress.schedule(model, seed), "schedule of seed " + seed);
      }
    }
  }

  @Test
  default void closingASessionLeavesTheOthersAlone() {
    int[] tokens = Subject.tokens(SHAPE, 10, 4);
    try (InferenceModel model = loadRandom();
        InferenceSession kept = model.newSession()) {
      float[][] expected = trace(model, tokens);
      for (int i = 0; i < tokens.length; i++) {
        InferenceSession closed = model.newSession();
        closed.forward(tokens);
        closed.close();
        assertArrayEquals(expected[i], kept.forward(tokens[i]), 0f, "step " + i);
      }
    }
  }

  @Test
  default void twoModelsAtOnceDoNotDisturbEachOther() {
    int turns = 12;
    int[] tokens = Subject.tokens(SHAPE, turns + 2, 5);
    float[][] expectedOne;
    float[][] expectedTwo;
    try (InferenceModel one = load(RandomModel.tied(SHAPE, 1))) {
      expectedOne = trace(one, tokens);
    }
    try (InferenceModel two = load(RandomModel.untied(SHAPE, 2))) {
      expectedTwo = trace(two, tokens);
    }
    try (InferenceModel one = load(RandomModel.tied(SHAPE, 1));
        InferenceModel two = load(RandomModel.untied(SHAPE, 2));
        InferenceSession first = one.newSession();
        InferenceSession second = two.newSession()) {
      for (int i = 0; i < turns; i++) {
        assertArrayEquals(expectedOne[i], first.forward(tokens[i]), 0f, "first, step " + i);
        assertArrayEquals(expectedTwo[i], second.forward(tokens[i]), 0f, "second, step " + i);
      }
      two.close();
      for (int i = turns; i < tokens.length; i++) {
        String what = "first, step " + i + ", the other model closed";
        assertArrayEquals(expectedOne[i], first.forward(tokens[i]), 0f, what);
      }
    }
  }

  /// The Java heap must not grow by half of what the keys and values of closed sessions took.
  @Test
  default void closedSessionsGiveTheirMemoryBack() {
    int sessions = 32;
    int[] tokens = Subject.tokens(SHAPE, SHAPE.nPositions(), 7);
    try (InferenceModel model = loadRandom()) {
      openAndClose(model, tokens, 4);
      long before = heapInUse();
      openAndClose(model, tokens, sessions);
      long grown = heapInUse() - before;
      long held = sessions * SHAPE.nPositions() * SHAPE.kvBytesPerPosition();
      assertTrue(
          grown < held / 2,
          String.format(
              Locale.ROOT,
              "%d closed sessions keep %d bytes, about %d each",
              sessions,
              grown,
              grown / sessions));
    }
  }

  private static void openAndClose(InferenceModel model, int[] tokens, int sessions) {
    for (int i = 0; i < sessions; i++) {
      try (InferenceSession session = model.newSession()) {
        session.forward(tokens);
      }
    }
  }

  private static long heapInUse() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /// The logits after every token, each token in a call of its own.
  private static float[][] trace(InferenceModel model, int[] tokens) {
    try (InferenceSession session = model.newSession()) {
      float[][] logits = new float[tokens.length][];
      for (int i = 0; i < tokens.length; i++) {
        logits[i] = session.forward(tokens[i]).clone();
      }
      return logits;
    }
  }
}
