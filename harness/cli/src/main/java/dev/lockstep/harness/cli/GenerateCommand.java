package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.prompt.PromptReader;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Sampling;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.tokenizer.StreamingDecoder;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep generate`: text from any backend, as it comes.
@Command(
    name = "generate",
    description = "Continues a text with any backend, greedily or by sampling.",
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private SpecialTokensOption special = new SpecialTokensOption();

  @Option(
      names = {"-b", "--backend"},
      paramLabel = "ID[:OPTION=VALUE…]",
      defaultValue = Backends.DEFAULT,
      description = "The backend (default: ${DEFAULT-VALUE}).")
  private String backend = Backends.DEFAULT;

  @Option(
      names = {"-n", "--new-tokens"},
      paramLabel = "N",
      defaultValue = "40",
      description = "New tokens (default: ${DEFAULT-VALUE}).")
  private int newTokens = 40;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0 is greedy; otherwise logits are divided by it (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Sample among the K best tokens only; 0 is all (default: ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Sample among the best tokens that together reach probability P (default: ${DEFAULT-VALUE}).")
  private double topP = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the sampling (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Parameters(paramLabel = "TEXT", description = "The text to continue.")
  private String text = "";

  @Override
  public Integer call() {
    Sampling sampling = sampling();
    BackendCatalog catalog = workers.catalog();
    BackendVariant variant = Backends.single(catalog, "-b", backend);
    try (LoadedModel loaded = model.open();
        ScratchLogs logs = new ScratchLogs()) {
      Prompt prompt = PromptReader.single(loaded, text, special.parseSpecial());
      Prompts.printNotes(loaded);
      Prompts.requireRoom(loaded, prompt, newTokens);
      try {
        generate(loaded, workers.factory(loaded, catalog, logs::log), variant, prompt, sampling);
      } catch (WorkerFailure e) {
        logs.keep();
        throw UserError.error(String.valueOf(e.getMessage()), e);
      }
    }
    return ExitCode.OK;
  }

  private Sampling sampling() {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw UserError.usage("--temperature %s is not 0 or above".formatted(temperature));
    }
    if (topK < 0) {
      throw UserError.usage(String.format(Locale.ROOT, "--top-k %d is not 0 or above", topK));
    }
    if (!(topP > 0 && topP <= 1)) {
      throw UserError.usage("--top-p %s is not above 0 and at most 1".formatted(topP));
    }
    return new Sampling(temperature, topK, topP, seed);
  }

  private void generate(
      LoadedModel loaded,
      WorkerFactory factory,
      BackendVariant variant,
      Prompt prompt,
      Sampling sampling)
      throws WorkerFailure {
    try (Worker worker = factory.start(variant)) {
      Reply.AvailabilityAnswer available = factory.availability(worker, variant);
      if (!available.available()) {
        throw UserError.unavailable(
            "%s is unavailable: %s; %s"
                .formatted(variant.label(), available.reason(), available.remedy()));
      }
      try (var _ = Heartbeat.start(() -> variant.label() + " is loading the model")) {
        factory.load(worker, variant);
      }
      StreamingDecoder decoder = loaded.tokenizer().streamingDecoder();
      Console.print(text);
      Reply.Generated generated =
          worker.stream(
              new Request.Sample(prompt.ids(), newTokens, sampling),
              token -> Console.print(decoder.push(token)),
              factory.timeout());
      Console.println(decoder.flush());
      Console.error("");
      Console.error("prompt ids        %s".formatted(Arrays.toString(prompt.ids())));
      Console.error("new ids           %s".formatted(Arrays.toString(generated.tokenIds())));
      printTimes(generated.tokenNanos());
    }
  }

  private static void printTimes(long[] tokenNanos) {
    double ttft = tokenNanos[0] / 1e6;
    double total = tokenNanos[tokenNanos.length - 1] / 1e6;
    Console.error(String.format(Locale.ROOT, "TTFT              %.1f ms (cold)", ttft));
    Console.error(String.format(Locale.ROOT, "total             %.1f ms", total));
    if (tokenNanos.length > 1) {
      Console.error(
          String.format(
              Locale.ROOT,
              "decode            %.1f tokens/s",
              1e3 * (tokenNanos.length - 1) / (total - ttft)));
    }
  }
}
