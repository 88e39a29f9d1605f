package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OperationTimerTest {
  private static final int[] CONTEXT = {1, 2, 3};
  private static final int[] NEXT = {4, 5};

  /// Shows two operations; its clock, if it has one, says what it was told to.
  private static final class Session implements InferenceSession {
    private final @Nullable Map<String, Long> clock;
    private @Nullable ActivationObserver observer;
    private int position;

    Session(@Nullable Map<String, Long> clock) {
      this.clock = clock;
    }

    @Override
    public Gpt2Config config() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int position() {
      return position;
    }

    @Override
    public float[] forward(int... tokens) {
      if (position == CONTEXT.length) {
        assertArrayEquals(NEXT, tokens);
      }
      position += tokens.length;
      if (observer != null) {
        observer.observe("wte+wpe", 0, new float[1], 0, 1);
        observer.observe("lm_head", 0, new float[1], 0, 1);
      }
      return new float[1];
    }

    @Override
    public @Nullable Map<String, Long> timeOperations(int... tokens) {
      if (clock != null) {
        forward(tokens);
      }
      return clock;
    }

    @Override
    public void rewind(int position) {
      this.position = position;
    }

    @Override
    public Set<String> observe(@Nullable ActivationObserver observer) {
      this.observer = observer;
      return Set.of("wte+wpe", "lm_head");
    }

    @Override
    public void close() {}
  }

  private static Reply.OperationTimes measured(@Nullable Map<String, Long> clock) {
    return new OperationTimer(new Session(clock), CONTEXT, NEXT)
        .measure(Duration.ZERO, Duration.ZERO, 5);
  }

  @Test
  void theDevicesOwnClockIsBelieved() {
    Map<String, Long> clock = new LinkedHashMap<>();
    clock.put("wte+wpe", 1000L);
    clock.put("lm_head", 3000L);
    Reply.OperationTimes times = measured(clock);
    assertEquals("device", times.clock());
    assertEquals(List.of("wte+wpe", "lm_head"), times.names());
    assertArrayEquals(new long[] {1000, 3000}, times.nanos());
    assertEquals(5, times.passes());
  }

  @Test
  void withoutOneItIsWhenResultsAreShown() {
    Reply.OperationTimes times = measured(null);
    assertEquals("host", times.clock());
    assertEquals(List.of("wte+wpe", "lm_head"), times.names());
    assertTrue(times.shownNanos() > 0 && times.plainNanos() > 0, times.toString());
    assertEquals(5, times.passes());
  }
}
