package dev.lockstep.harness.measurement.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Workloads of given sizes, as llama-bench has them: every combination of a depth, a length of the
/// prompt and a number of new tokens, with random token ids.
///
/// The ids depend on the seed, the depth and the length, so that combinations that differ in their
/// new tokens alone begin with the same ones.
///
/// @param promptTokens lengths of prompts, each at least 1
/// @param newTokens numbers of new tokens, each at least 1
/// @param depths how many tokens are in the cache before the clock starts, each at least 0
public record Sweep(List<Integer> promptTokens, List<Integer> newTokens, List<Integer> depths) {
  public Sweep {
    promptTokens = List.copyOf(promptTokens);
    newTokens = List.copyOf(newTokens);
    depths = List.copyOf(depths);
  }

  /// One combination.
  public record Size(int depth, int promptTokens, int newTokens) {
    /// How many positions it needs: the last new token needs none.
    public long positions() {
      return (long) depth + promptTokens + newTokens - 1;
    }

    /// Names it in every file: `pp128-tg32`, or `pp128-tg32-d512`.
    String id() {
      String id = String.format(Locale.ROOT, "pp%d-tg%d", promptTokens, newTokens);
      return depth == 0 ? id : String.format(Locale.ROOT, "%s-d%d", id, depth);
    }
  }

  /// Every combination: by depth, then by length, then by new tokens.
  public List<Size> sizes() {
    List<Size> sizes = new ArrayList<>();
    for (int depth : depths) {
      for (int prompt : promptTokens) {
        for (int generated : newTokens) {
          sizes.add(new Size(depth, prompt, generated));
        }
      }
    }
    return sizes;
  }

  /// The prompts of all combinations; the same seed gives the same ones.
  public List<Prompt> prompts(int vocabSize, long seed) {
    return sizes().stream().map(size -> prompt(size, vocabSize, seed)).toList();
  }

  private static Prompt prompt(Size size, int vocabSize, long seed) {
    long mixed = seed;
    for (int part : new int[] {size.depth(), size.promptTokens()}) {
      mixed = new SplittableRandom(mixed * 31 + part).nextLong();
    }
    int[] ids =
        new SplittableRandom(mixed)
            .ints((long) size.depth() + size.promptTokens(), 0, vocabSize)
            .toArray();
    return new Prompt(size.id(), null, ids, size.depth(), size.newTokens());
  }
}
