package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.verification.RandomPrompts;
import dev.lockstep.harness.verification.VerifyCase;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.model.golden.GoldenFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `verify` checks on: golden cases, prompts, random prompts.
final class VerifyCases {

  @Option(
      names = "--reference",
      paramLabel = "ID[:OPTION=VALUE…]",
      description =
          "A backend that is taken to be right where no golden case is (default: naive's numbers, computed faster).")
  private @Nullable String reference;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description =
          "A golden file recorded from this model. Default: the embedded model's own, if nothing else is asked for.")
  private @Nullable Path goldenFile;

  @Mixin private SpecialTokensOption special = new SpecialTokensOption();

  @Option(
      names = {"-p", "--prompt", "--prompts"},
      paramLabel = "FILE|TEXT",
      description = "Prompts for the reference, as for run. Default: the built-in prompts.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "A prompt that is taken as it is, whatever files there are.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--random",
      paramLabel = "N",
      defaultValue = "0",
      description = "So many random prompts, for the reference.")
  private int random;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the random prompts (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = {"-n", "--new-tokens"},
      paramLabel = "N",
      defaultValue = "32",
      description =
          "New tokens after each prompt that is not a golden case (default: ${DEFAULT-VALUE}).")
  private int newTokens = 32;

  @Option(
      names = "--only",
      paramLabel = "PROMPT-ID",
      description = "Check this prompt or golden case alone.")
  private @Nullable String only;

  /// Every case that was asked for.
  ///
  /// @throws UserError if something cannot be read or does not fit the model
  List<VerifyCase> read(LoadedModel loaded) {
    if (random < 0) {
      throw UserError.usage(String.format(Locale.ROOT, "--random %d is not 0 or above", random));
    }
    List<VerifyCase> cases = new ArrayList<>();
    GoldenFile golden = golden(loaded);
    if (golden != null) {
      for (GoldenCase known : golden.cases()) {
        cases.add(VerifyCase.of(known));
      }
    }
    if (hasPrompts() || (golden == null && random == 0)) {
      for (Prompt prompt : Prompts.read(loaded, prompts, texts, special, newTokens)) {
        cases.add(new VerifyCase(prompt.id(), prompt.ids(), newTokens, null));
      }
    }
    if (random > 0) {
      cases.addAll(randomCases(loaded));
    }
    return only == null ? cases : List.of(find(cases, only));
  }

  /// Whether one case was asked for alone.
  boolean isOneAlone() {
    return only != null;
  }

  private boolean hasPrompts() {
    return !prompts.isEmpty() || !texts.isEmpty();
  }

  private List<VerifyCase> randomCases(LoadedModel loaded) {
    if (newTokens < 1 || newTokens > loaded.config().nPositions()) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "-n %d with --random: from 1 to %d fit, since %s holds %d positions",
              newTokens,
              loaded.config().nPositions(),
              loaded.name(),
              loaded.config().nPositions()));
    }
    return RandomPrompts.of(loaded.config(), random, seed, newTokens);
  }

  private static VerifyCase find(List<VerifyCase> cases, String id) {
    return cases.stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                UserError.usage(
                    "--only %s: there is no such prompt; there are %s"
                        .formatted(id, cases.stream().map(VerifyCase::id).limit(20).toList())));
  }

  private @Nullable GoldenFile golden(LoadedModel loaded) {
    if (goldenFile != null) {
      return Goldens.read(goldenFile, loaded);
    }
    return reference == null && !hasPrompts() && random == 0 ? Goldens.shipped(loaded) : null;
  }

  /// The reference backend; null for the oracle.
  @Nullable BackendVariant reference(BackendCatalog catalog) {
    return reference == null ? null : Backends.single(catalog, "--reference", reference);
  }

  /// The options that ask for one of the cases alone.
  ///
  /// @param promptFile holds the prompt, if the case is not golden
  List<String> argumentsFor(VerifyCase verifyCase, Path promptFile) {
    List<String> arguments = new ArrayList<>();
    if (verifyCase.golden() != null) {
      if (goldenFile != null) {
        arguments.addAll(List.of("--golden", goldenFile.toAbsolutePath().toString()));
      }
      arguments.addAll(List.of("--only", verifyCase.id()));
    } else {
      if (reference != null) {
        arguments.addAll(List.of("--reference", reference));
      }
      arguments.addAll(
          List.of(
              "-p",
              promptFile.toAbsolutePath().toString(),
              "-n",
              Integer.toString(verifyCase.newTokens())));
    }
    return arguments;
  }
}
