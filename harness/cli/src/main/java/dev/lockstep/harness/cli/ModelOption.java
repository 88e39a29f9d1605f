package dev.lockstep.harness.cli;

import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import picocli.CommandLine.Option;

/// `-m`.
final class ModelOption {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      defaultValue = Models.DEFAULT,
      description =
          "A directory in Hugging Face layout, a hub name (gpt2), synthetic:gpt2|gpt2-medium|gpt2-large|gpt2-xl, synthetic:n_layer=…:…, or shakespeare, the embedded default.")
  private String argument = Models.DEFAULT;

  /// Takes another one.
  void use(String other) {
    argument = other;
  }

  String argument() {
    return argument;
  }

  /// The model; what there is to know of how its files were read goes to the terminal.
  LoadedModel open() {
    LoadedModel model = Models.open(argument);
    for (String note : model.notes()) {
      Console.error("note: %s: %s".formatted(model.name(), note));
    }
    return model;
  }
}
