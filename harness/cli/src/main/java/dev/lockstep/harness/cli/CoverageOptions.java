package dev.lockstep.harness.cli;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.verification.ContextPass;
import dev.lockstep.harness.verification.Coverage;
import dev.lockstep.harness.verification.SharpPrompt;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.VerifyCase;
import dev.lockstep.harness.verification.VerifyJob;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.error.UserError;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where `verify` looks beyond prompts.
final class CoverageOptions {
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%?");

  @Option(
      names = "--sharp",
      paramLabel = "N",
      description =
          "How many prompts after which the best token is only just the best; they are searched for once a model (default: those that are known: 64 of the embedded model).")
  private @Nullable Integer sharp;

  @Option(
      names = "--coverage",
      paramLabel = "PCT",
      description =
          "Also drive whole contexts of random ids until this share of the vocabulary has been read, and say what has not been looked at.")
  private @Nullable String coverage;

  /// The sharp prompts to check on.
  ///
  /// @param alone whether one case was asked for alone
  /// @throws WorkerFailure if the reference fails
  List<SharpPrompt> sharp(SharpPrompts prompts, boolean alone) throws WorkerFailure {
    if (sharp == null) {
      return alone ? List.of() : prompts.known();
    }
    if (sharp < 0 || sharp > SharpPrompts.MAX_COUNT) {
      throw UserError.usage(
          String.format(
              Locale.ROOT, "--sharp %d is not from 0 to %d", sharp, SharpPrompts.MAX_COUNT));
    }
    if (sharp == 0) {
      return List.of();
    }
    try (ConsoleProgress progress = new ConsoleProgress()) {
      List<SharpPrompt> found = prompts.find(sharp, progress);
      if (found.size() < sharp) {
        Console.error(
            String.format(
                Locale.ROOT, "note: %d of %d sharp prompts were found", found.size(), sharp));
      }
      return found;
    }
  }

  /// The contexts to drive; none without `--coverage`.
  List<ContextPass> contexts(Gpt2Config config) {
    String asked = coverage;
    if (asked == null) {
      return List.of();
    }
    Matcher matcher = PERCENT.matcher(asked);
    double percent = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
    if (percent <= 0 || percent > 100) {
      throw UserError.usage(
          "--coverage '%s' is not a percentage above 0%% and up to 100%%".formatted(asked));
    }
    return VerifyJob.contexts(config, percent / 100, 1);
  }

  /// What has been looked at, if `--coverage` was given.
  void print(
      Gpt2Config config,
      List<VerifyCase> cases,
      List<SharpPrompt> prompts,
      List<ContextPass> contexts) {
    if (coverage == null) {
      return;
    }
    Coverage looked = new Coverage(config);
    cases.forEach(each -> looked.add(each.promptIds()));
    prompts.forEach(prompt -> looked.add(prompt.ids()));
    contexts.forEach(context -> looked.add(context.tokens()));
    Console.println(String.format(Locale.ROOT, "  coverage %.1f %%", 100 * looked.share()));
    looked.lines().forEach(line -> Console.println("      " + line));
  }
}
