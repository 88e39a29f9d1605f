package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.prompt.PromptReader;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.util.List;
import java.util.Locale;

/// Prompts that leave room for what is to be generated.
final class Prompts {
  private Prompts() {}

  /// @throws UserError if a prompt and its new tokens exceed the context; it says what would fit
  static List<Prompt> read(
      LoadedModel model,
      List<String> arguments,
      List<String> texts,
      SpecialTokensOption special,
      int newTokens) {
    List<Prompt> prompts = PromptReader.read(model, arguments, texts, special.parseSpecial());
    prompts.forEach(prompt -> requireRoom(model, prompt, newTokens));
    if (prompts.stream().anyMatch(prompt -> prompt.text() != null)) {
      printNotes(model);
    }
    return prompts;
  }

  /// What the user should know of how the tokenizer's files were read.
  static void printNotes(LoadedModel model) {
    model.tokenizer().notes().forEach(note -> Console.error("note: " + note));
  }

  static void requireRoom(LoadedModel model, Prompt prompt, int newTokens) {
    if (newTokens < 1) {
      throw UserError.usage(String.format(Locale.ROOT, "-n %d: at least 1 is needed", newTokens));
    }
    int limit = model.config().nPositions();
    int length = prompt.ids().length;
    // The last new token needs no position.
    if ((long) length + newTokens - 1 > limit) {
      throw UserError.usage(
          String.format(
              Locale.ROOT,
              "prompt '%s' has %d tokens and -n asks for %d more, but %s holds %d positions: %s",
              prompt.id(),
              length,
              newTokens,
              model.name(),
              limit,
              length <= limit
                  ? String.format(Locale.ROOT, "at most -n %d fits", limit - length + 1)
                  : "shorten the prompt"));
    }
  }
}
