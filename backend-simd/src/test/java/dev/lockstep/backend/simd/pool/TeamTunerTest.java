package dev.lockstep.backend.simd.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TeamTunerTest {
  private final TeamTuner tuner = new TeamTuner(2);

  /// Decodes a window of tokens with made-up times.
  private void window(long nanos, long parkedNanos) {
    for (int token = 0; token < TeamTuner.WINDOW; token++) {
      tuner.took(1, tuner.isAlone(1), nanos, parkedNanos);
    }
  }

  /// Two members that wait for nine tenths of the time.
  private void waitALot() {
    window(1000, 900);
  }

  @Test
  void aTeamThatDoesNotWaitStaysTogether() {
    for (int i = 0; i < 10 * TeamTuner.WINDOWS_ALONE; i++) {
      window(1000, i % 2 == 0 ? 0 : 499);
      assertFalse(tuner.isAlone(1));
    }
    assertEquals("whole", tuner.toString());
  }

  @Test
  void theCallerGoesAloneWhereThatMustBeFaster() {
    window(1000, 501);
    assertTrue(tuner.isAlone(1));
    window(998, 0);
    assertEquals("alone for 50 % of the tokens", tuner.toString());
  }

  @Test
  void oneLateTokenIsNotEnough() {
    tuner.took(1, false, 2000, 1900);
    for (int token = 1; token < TeamTuner.WINDOW; token++) {
      tuner.took(1, false, 1000, 0);
    }
    assertFalse(tuner.isAlone(1));
  }

  @Test
  void waitingOfManyMembersIsCountedOnce() {
    TeamTuner four = new TeamTuner(4);
    for (int token = 0; token < TeamTuner.WINDOW; token++) {
      four.took(1, false, 1000, 3 * 740);
    }
    assertFalse(four.isAlone(1), "4 · (1000 − 740) is more than 1000");
    for (int token = 0; token < TeamTuner.WINDOW; token++) {
      four.took(1, false, 1000, 3 * 760);
    }
    assertTrue(four.isAlone(1));
  }

  @Test
  void theTeamGetsAnotherChanceAndKeepsTheWorkIfItIsFaster() {
    waitALot();
    for (int i = 0; i < TeamTuner.WINDOWS_ALONE; i++) {
      assertTrue(tuner.isAlone(1), "window " + i);
      window(200, 0);
    }
    assertFalse(tuner.isAlone(1));
    window(201, 0);
    assertTrue(tuner.isAlone(1), "the team was slower");
    for (int i = 0; i < TeamTuner.WINDOWS_ALONE; i++) {
      window(200, 0);
    }
    window(199, 0);
    assertFalse(tuner.isAlone(1), "the team was faster");
    window(199, 0);
    assertFalse(tuner.isAlone(1));
  }

  @Test
  void aLongPassIsATeamsInAnyCase() {
    tuner.took(10, false, 10_000, 0);
    assertFalse(tuner.isAlone(10), "nothing is known yet");
    waitALot();
    long perToken = 2000;
    int tokens = (int) (TeamTuner.SLICE_NANOS / perToken);
    assertTrue(tuner.isAlone(tokens - 1));
    assertFalse(tuner.isAlone(tokens));
  }

  @Test
  void whatIsNotKnownOfSeveralTokensIsLeftToTheTeam() {
    waitALot();
    assertFalse(tuner.isAlone(2));
    tuner.took(2, false, 2000, 1500);
    assertTrue(tuner.isAlone(2));
  }

  @Test
  void whoIsAloneAnywayHasNothingToDecide() {
    TeamTuner one = new TeamTuner(1);
    for (int token = 0; token < 10 * TeamTuner.WINDOW; token++) {
      one.took(1, false, 1000, 0);
    }
    assertFalse(one.isAlone(1));
    assertEquals("whole", one.toString());
  }
}
