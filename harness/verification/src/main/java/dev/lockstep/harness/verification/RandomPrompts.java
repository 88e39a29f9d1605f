package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Seeded prompts of random lengths and random tokens. No text: what a backend must get right does
/// not depend on sense, and tokens that never meet in text find other corners.
public final class RandomPrompts {
  /// Long enough for every remainder of a block of 16, 32 or 64 rows.
  private static final int LONGEST = 80;

  private RandomPrompts() {}

  /// `count` cases; the same seed gives the same ones.
  ///
  /// @throws IllegalArgumentException if a prompt of one token and the new tokens do not fit
  public static List<VerifyCase> of(Gpt2Config config, int count, long seed, int newTokens) {
    int longest = Math.min(LONGEST, config.nPositions() - newTokens + 1);
    if (longest < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d new tokens leave no room for a prompt: n_positions is %d",
              newTokens,
              config.nPositions()));
    }
    SplittableRandom random = new SplittableRandom(seed);
    List<VerifyCase> cases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = new int[1 + random.nextInt(longest)];
      for (int t = 0; t < ids.length; t++) {
        ids[t] = random.nextInt(config.vocabSize());
      }
      cases.add(
          new VerifyCase(
              String.format(Locale.ROOT, "random-%d-%d", seed, i + 1), ids, newTokens, null));
    }
    return cases;
  }
}
