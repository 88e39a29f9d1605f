package dev.lockstep.harness.cli;

import dev.lockstep.harness.report.TextTable;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.model.KnownModel;
import dev.lockstep.model.Models;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `lockstep models`: what `-m` can name here.
@Command(
    name = "models",
    description = "Lists the models that -m can name, and why one cannot be used.",
    mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    List<List<String>> lines = Models.known().stream().map(ModelsCommand::line).toList();
    Console.print(
        new TextTable(List.of("model", "", "what", "note"), List.of(0, 1, 2, 3)).text(lines));
    return ExitCode.OK;
  }

  private static List<String> line(KnownModel model) {
    return List.of(
        model.argument(), model.present() ? "on disk" : "", model.description(), model.note());
  }
}
