package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.model.hub.HubDownload;
import dev.lockstep.model.hub.HubSettings;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep download`: a model from the Hugging Face hub into its cache.
@Command(
    name = "download",
    description = "Fetches a GPT-2 model from the Hugging Face hub into its cache.",
    mixinStandardHelpOptions = true)
final class DownloadCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "NAME",
      description = "The model's name on the hub, for example gpt2 or openai-community/gpt2-xl.")
  private String name = "";

  @Option(
      names = "--revision",
      paramLabel = "REVISION",
      defaultValue = "main",
      description = "A branch, a tag or a commit (default: ${DEFAULT-VALUE}).")
  private String revision = "main";

  @Override
  public Integer call() {
    try (ConsoleDownloadProgress progress = new ConsoleDownloadProgress()) {
      Path snapshot = new HubDownload(HubSettings.ofEnvironment(), progress).fetch(name, revision);
      Console.println(snapshot.toString());
    }
    return ExitCode.OK;
  }
}
