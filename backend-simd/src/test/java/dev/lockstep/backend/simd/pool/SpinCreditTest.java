package dev.lockstep.backend.simd.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpinCreditTest {
  private static final int MAX_LOOKS = 4000;
  private static final long SPIN = 40_000;

  /// Times may wrap around.
  private long now = Long.MAX_VALUE - SpinCredit.FULL;

  private final SpinCredit credit = new SpinCredit(MAX_LOOKS, now);

  /// Spins in vain and parks at once, as long as there is credit; returns for how long.
  private long spinInVain() {
    long spun = 0;
    while (credit.looks(now) == MAX_LOOKS) {
      now += SPIN;
      credit.failed(now - SPIN, now);
      spun += SPIN;
      assertTrue(spun < 2 * SpinCredit.FULL, "it must end some day");
    }
    assertEquals(SpinCredit.FEW_LOOKS, credit.looks(now));
    return spun;
  }

  @Test
  void spinningInVainForLongMakesItPark() {
    double withWhatIsEarnedMeanwhile = SpinCredit.FULL / (1 - 1.0 / SpinCredit.PRICE);
    assertEquals(withWhatIsEarnedMeanwhile, spinInVain(), 2 * SPIN);
  }

  @Test
  void aFailureNowAndThenChangesNothing() {
    for (int i = 0; i < 10_000; i++) {
      assertEquals(MAX_LOOKS, credit.looks(now));
      now += SPIN;
      credit.failed(now - SPIN, now);
      now += SpinCredit.PRICE * SPIN;
    }
  }

  @Test
  void itSpinsAgainOnceTheCreditIsFull() {
    spinInVain();
    long exhausted = now;
    while (credit.looks(now) != MAX_LOOKS) {
      now += 10_000;
      credit.failed(now - 1_000, now);
    }
    double all = (double) SpinCredit.PRICE * SpinCredit.FULL;
    assertEquals(all, now - exhausted, 0.01 * all, "short looks cost nothing");
  }

  @Test
  void aTenthOfTheTimeIsSpunInVainAtMost() {
    spinInVain();
    long from = now;
    long spun = 0;
    for (int i = 0; i < 20; i++) {
      while (credit.looks(now) != MAX_LOOKS) {
        now += 10_000;
      }
      spun += spinInVain();
    }
    double share = (double) spun / (now - from);
    assertTrue(share > 0.09 && share < 0.105, share + " of the time");
  }

  @Test
  void moreThanAllCannotBeSaved() {
    now += 1000 * SpinCredit.FULL;
    assertEquals(MAX_LOOKS, credit.looks(now));
    spinInVain();
  }

  @Test
  void whoLooksSeldomNeverLooksMoreOften() {
    SpinCredit seldom = new SpinCredit(3, now);
    for (int i = 0; i < 10_000; i++) {
      assertEquals(3, seldom.looks(now));
      now += SPIN;
      seldom.failed(now - SPIN, now);
    }
  }
}
