package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import org.junit.jupiter.api.Test;

class PhaseLimitsTest {
  private static final Gpt2Config GPT2 = new Gpt2Config(12, 12, 768, 1024, 50257, 1e-5);

  @Test
  void decodeOfGpt2IsBoundByReadingItsWeights() {
    // 124M parameters without the position embedding: 494.6 MB a token; keys and values come on
    // top.
    PhaseLimits limits = new PhaseLimits(GPT2, new Ceilings(25e9, 115e9));
    double seconds = limits.decodeSeconds(10, 2);
    double bytes = GPT2.decodeWeightBytes() + 10.0 * 2 * 12 * 768 * 4;
    assertEquals(bytes / 25e9, seconds, 1e-12);
    // Blocks, ln_f, lm_head, and a row of each embedding.
    assertEquals(
        4L * (12 * (12 * 768 * 768 + 13 * 768) + 2 * 768 + 50257 * 768 + 2 * 768),
        GPT2.decodeWeightBytes());
  }

  @Test
  void longPrefillIsBoundByArithmetic() {
    PhaseLimits limits = new PhaseLimits(GPT2, new Ceilings(25e9, 115e9));
    double seconds = limits.prefillSeconds(0, 512);
    double matrices = 512 * 24.0 * 12 * 768 * 768;
    double attention = 4.0 * 12 * 768 * (512 * 513 / 2);
    double head = 2.0 * 50257 * 768;
    assertEquals((matrices + attention + head) / 115e9, seconds, 1e-9);
    assertTrue(seconds > GPT2.decodeWeightBytes() / 25e9);
  }

  @Test
  void aDepthIsReadByThePromptAndAttendedTo() {
    PhaseLimits slowMemory = new PhaseLimits(GPT2, new Ceilings(1e6, 115e9));
    double cache = 100.0 * 2 * 12 * 768 * 4;
    assertEquals((GPT2.decodeWeightBytes() + cache) / 1e6, slowMemory.prefillSeconds(100, 8), 1e-9);
    // The prompt's tokens attend to the depth and to each other: 101, 102, … 108 positions.
    PhaseLimits slowArithmetic = new PhaseLimits(GPT2, new Ceilings(25e12, 115e6));
    double attended = 100 * 8 + 8 * 9 / 2;
    double flops = 8 * 24.0 * 12 * 768 * 768 + 4.0 * 12 * 768 * attended + 2.0 * 50257 * 768;
    assertEquals(flops / 115e6, slowArithmetic.prefillSeconds(100, 8), 1e-6);
    // A depth and a prompt together are what a longer prompt is.
    assertEquals(
        slowArithmetic.prefillSeconds(0, 108) + 2.0 * 50257 * 768 / 115e6,
        slowArithmetic.prefillSeconds(0, 100) + slowArithmetic.prefillSeconds(100, 8),
        1e-6);
  }

  @Test
  void oneNewTokenNeedsNoDecoding() {
    assertEquals(0, new PhaseLimits(GPT2, new Ceilings(25e9, 115e9)).decodeSeconds(10, 1));
  }
}
