package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.Arrays;
import java.util.SplittableRandom;

/// A prompt as one round uses it.
///
/// Every second round replaces the first tokens by a seeded prefix of its own; where there is a
/// depth, they are part of it. The length stays the same, so the time stays comparable, but an
/// answer replayed from a cache is now wrong, or shows as a time that the plain rounds alone have.
///
/// @param promptId the prompt's id
/// @param ids the token ids that are really used, those of the depth first
/// @param depth how many of them are fed before the clock starts
/// @param newTokens how many tokens are generated
/// @param variation `plain`, or `prefix-` and the round's number
record PromptCase(String promptId, int[] ids, int depth, int newTokens, String variation) {
  private static final int PREFIX_TOKENS = 2;
  private static final String PLAIN = "plain";

  /// The prompt as it is.
  static PromptCase plain(Prompt prompt, int newTokens) {
    return new PromptCase(prompt.id(), prompt.ids(), prompt.depth(), newTokens, PLAIN);
  }

  /// Whether a round, counted from 0, carries prefixes.
  static boolean isPrefixed(int round) {
    return round % 2 == 1;
  }

  /// What a round, counted from 0, calls its prompts.
  static String variation(int round) {
    return isPrefixed(round) ? "prefix-" + (round + 1) : PLAIN;
  }

  /// The prompt with a prefix for this round.
  ///
  /// @param attempt another one gives another prefix
  static PromptCase prefixed(
      Prompt prompt, int newTokens, long seed, int round, int attempt, int vocabSize) {
    SplittableRandom random =
        RoundOrder.random(seed, 0, round, "prefix " + prompt.id() + " " + attempt);
    int[] ids = prompt.ids().clone();
    for (int i = 0; i < Math.min(PREFIX_TOKENS, ids.length); i++) {
      ids[i] = random.nextInt(vocabSize);
    }
    return new PromptCase(prompt.id(), ids, prompt.depth(), newTokens, variation(round));
  }

  /// What a sample of it has to do.
  Sample.Work work() {
    return work(newTokens);
  }

  /// What a sample of it did.
  ///
  /// @param given how many new tokens came
  Sample.Work work(int given) {
    return new Sample.Work(depth, promptTokens(), given, variation);
  }

  /// How many tokens are fed while the clock runs.
  int promptTokens() {
    return ids.length - depth;
  }

  /// Identifies the case among those of a run.
  String key() {
    return promptId + "/" + variation;
  }

  @Override
  public String toString() {
    return key() + Arrays.toString(ids);
  }
}
