package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class ClockCheckTest {
  private static final double MESSAGE_MILLIS = 8;

  private final ClockCheck check = new ClockCheck();

  /// Answers of 5 and of 50 ms, of which the worker's clock counts `rate` times as much.
  private void answers(int count, double rate) {
    for (int i = 0; i < count; i++) {
      check.add("short", 5 + MESSAGE_MILLIS, 5 * rate);
      check.add("long", 50 + MESSAGE_MILLIS, 50 * rate);
    }
  }

  @Test
  void aClockThatIsRightIsNotAccused() {
    answers(5, 1);
    assertNull(check.problem());
  }

  @Test
  void aClockThatRunsSlowlyIs() {
    answers(5, 0.1);
    assertEquals(
        "its worker says that one prompt took it 4.50 ms longer than another, the harness's own clock says 45.0 ms: its times cannot be right",
        check.problem());
  }

  @Test
  void aClockThatRunsBackwardsIs() {
    answers(5, -1);
    assertNotNull(check.problem());
  }

  @Test
  void anAnswerThatWasHeldUpOnItsWayAccusesNobody() {
    answers(2, 1);
    check.add("long", 5000, 50);
    check.add("short", 13, 5);
    assertNull(check.problem());
  }

  @Test
  void littleIsNotEnough() {
    answers(2, 0.1);
    assertNull(check.problem(), "two answers");
    for (int i = 0; i < 9; i++) {
      check.add("alike", 9, 0.1);
      check.add("too", 12, 0.1);
    }
    assertNull(check.problem(), "prompts that take alike long");
  }
}
