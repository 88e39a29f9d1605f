package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class WarmthTest {
  private static final int MAX_PASSES = 10_000;

  /// How many passes of two prompts it takes until the warm-up is over.
  private static int passes(IntToDoubleFunction millis, IntToDoubleFunction jitMillis) {
    Warmth warmth = new Warmth();
    for (int pass = 1; pass <= MAX_PASSES; pass++) {
      double one = millis.applyAsDouble(pass);
      warmth.add(new double[] {one, 3 * one}, jitMillis.applyAsDouble(pass));
      if (warmth.isOver()) {
        return pass;
      }
    }
    return MAX_PASSES + 1;
  }

  private static int passes(IntToDoubleFunction millis) {
    return passes(millis, pass -> 0);
  }

  @Test
  void steadyWorkIsWarmOnceThereIsEnoughOfIt() {
    assertEquals(38, passes(pass -> 10));
    assertEquals(3, passes(pass -> 300));
    assertEquals(2, passes(pass -> 10_000), "two answers of a minute say much");
  }

  @Test
  void whatStillGetsFasterIsNotWarm() {
    // 2 % less with every tenth of a second of work, for ten seconds.
    int passes = passes(pass -> 25 * Math.pow(0.98, Math.min(pass, 100)));
    assertTrue(passes > 100, () -> passes + " passes");
  }

  @Test
  void aJumpIsWaitedFor() {
    // Compiled code replaces the interpreter's at pass 30, which looked steady for three seconds.
    int passes = passes(pass -> pass < 30 ? 25 : 10, pass -> pass < 30 ? 20 : 0);
    assertTrue(passes > 30 + 15, () -> passes + " passes");
  }

  @Test
  void compilationAloneKeepsItCold() {
    assertEquals(MAX_PASSES + 1, passes(pass -> 25, pass -> 20));
  }

  @Test
  void noiseThatDoesNotTrendIsWarmInTheEnd() {
    SplittableRandom random = new SplittableRandom(1);
    int passes =
        passes(pass -> 10 * (1 + (random.nextInt(10) == 0 ? 0.3 : 0.02 * random.nextDouble())));
    assertTrue(passes < 200, () -> passes + " passes");
  }

  @Test
  void whatWasCutOffSaysHowFarItWas() {
    Warmth warmth = new Warmth();
    warmth.add(new double[] {60_000}, 0);
    assertFalse(warmth.isOver());
    assertEquals("there was time for 1 pass over the prompts", warmth.describe());
    for (int pass = 0; pass < 20; pass++) {
      warmth.add(new double[] {500 * Math.pow(0.9, pass)}, 0);
    }
    assertTrue(warmth.describe().startsWith("its time still changed by -"), warmth.describe());
  }

  @Test
  void whatIsSteadyButStillCompiledSaysSo() {
    Warmth warmth = new Warmth();
    for (int pass = 0; pass < 200; pass++) {
      warmth.add(new double[] {25}, 20);
    }
    assertFalse(warmth.isOver());
    assertEquals("its code was still being compiled, for 80 % of the time", warmth.describe());
  }
}
