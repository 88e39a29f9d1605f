package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.prompt.Sweep;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/// Workloads of given sizes, beside prompts.
final class SweepOptions {
  @Option(
      names = "--n-prompt",
      paramLabel = "N",
      split = ",",
      description =
          "Random prompts of these many tokens, one for every combination with --n-gen and"
              + " --n-depth, in place of the built-in prompts and beside -p.")
  private List<Integer> promptTokens = new ArrayList<>();

  @Option(
      names = "--n-gen",
      paramLabel = "N",
      split = ",",
      description = "With --n-prompt: new tokens after each (default: what -n says).")
  private List<Integer> newTokens = new ArrayList<>();

  @Option(
      names = "--n-depth",
      paramLabel = "N",
      split = ",",
      description =
          "With --n-prompt: tokens that are in the cache before the clock starts (default: 0).")
  private List<Integer> depths = new ArrayList<>();

  /// Whether there are such workloads.
  boolean isGiven() {
    return !promptTokens.isEmpty();
  }

  /// Their prompts.
  ///
  /// @param defaultNewTokens what `-n` says
  /// @param others the ids of the other prompts
  /// @throws UserError if a number is none, or a combination exceeds the context
  List<Prompt> prompts(LoadedModel model, int defaultNewTokens, long seed, List<String> others) {
    if (!isGiven()) {
      if (!newTokens.isEmpty() || !depths.isEmpty()) {
        throw UserError.usage(
            "%s is for --n-prompt; after prompts, -n new tokens are generated"
                .formatted(newTokens.isEmpty() ? "--n-depth" : "--n-gen"));
      }
      return List.of();
    }
    Sweep sweep =
        new Sweep(
            checked("--n-prompt", promptTokens, 1),
            newTokens.isEmpty()
                ? checked("-n", List.of(defaultNewTokens), 1)
                : checked("--n-gen", newTokens, 1),
            depths.isEmpty() ? List.of(0) : checked("--n-depth", depths, 0));
    sweep.sizes().forEach(size -> requireRoom(model, size));
    List<Prompt> prompts = sweep.prompts(model.config().vocabSize(), seed);
    for (Prompt prompt : prompts) {
      if (others.contains(prompt.id())) {
        throw UserError.usage(
            "a prompt has the id '%s', which --n-prompt gives too; give it another id"
                .formatted(prompt.id()));
      }
    }
    return prompts;
  }

  private static List<Integer> checked(String option, List<Integer> values, int least) {
    for (int value : values) {
      if (value < least) {
        throw UserError.usage(
            String.format(Locale.ROOT, "%s %d: at least %d is needed", option, value, least));
      }
    }
    if (new HashSet<>(values).size() < values.size()) {
      throw UserError.usage("%s %s: a number is there twice".formatted(option, values));
    }
    return values;
  }

  private static void requireRoom(LoadedModel model, Sweep.Size size) {
    int limit = model.config().nPositions();
    if (size.positions() > limit) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "--n-depth %d, --n-prompt %d and --n-gen %d need %d positions, but %s holds %d: %s",
              size.depth(),
              size.promptTokens(),
              size.newTokens(),
              size.positions(),
              model.name(),
              limit,
              "lower one of them"));
    }
  }
}
