package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.measurement.run.RunJob;
import dev.lockstep.harness.measurement.run.RunPlan;
import dev.lockstep.harness.measurement.run.Shard;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.Pin;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What a run is going to do, as `run` and `plan` are told it.
final class PlanOptions {
  private static final Pattern MODEL_NAME =
      Pattern.compile("gpt2(-medium|-large|-xl)?|shakespeare|synthetic:\\S+");

  private static final String AUTO = "auto";

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private WorkerOptions workers = new WorkerOptions();
  @Mixin private SpecialTokensOption special = new SpecialTokensOption();
  @Mixin private ForkOptions forks = new ForkOptions();
  @Mixin private SweepOptions sweep = new SweepOptions();
  @Mixin private MatchOption match = new MatchOption();
  @Mixin private PinOption pin = new PinOption();

  @Option(
      names = {"-b", "--backend"},
      paramLabel = "ID[:OPTION=VALUE…]",
      description =
          "Backends, separated by commas or repeated; a whole-number option takes a range"
              + " (simd:threads=1..2), and mine@old.jar is the build in a jar. Default: every backend that can run here.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "FILE|TEXT",
      description =
          "A prompt, a .txt file with a prompt a line, or a .jsonl file with \"text\" or"
              + " \"prompt_ids\" and \"id\" a line. Default: the built-in prompts, or the first of"
              + " them if the model is not the embedded one.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "A prompt that is taken as it is, whatever files there are.")
  private List<String> texts = new ArrayList<>();

  @Parameters(paramLabel = "FILE|TEXT", description = "More prompts, as with -p.")
  private List<String> morePrompts = new ArrayList<>();

  @Option(
      names = {"-n", "--new-tokens"},
      paramLabel = "N",
      defaultValue = "32",
      description = "New tokens after each prompt (default: ${DEFAULT-VALUE}).")
  private int newTokens = 32;

  @Option(
      names = {"-r", "--rounds"},
      paramLabel = "N",
      defaultValue = "8",
      description =
          "Timed rounds in each fork; each visits every backend once (default: ${DEFAULT-VALUE}).")
  private int rounds = 8;

  @Option(
      names = {"-w", "--warmups"},
      paramLabel = "auto|N",
      defaultValue = AUTO,
      description =
          "Untimed passes over all prompts before the first round; auto: until the times no longer change, for at most 10 s a backend (default: ${DEFAULT-VALUE}).")
  private String warmups = AUTO;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Seed of the order of backends and prompts and of the prompts' prefixes (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--reference",
      paramLabel = "ID[:OPTION=VALUE…]",
      description =
          "A backend that computes the expected tokens where no golden file has them (default: naive's numbers, computed faster).")
  private @Nullable String reference;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description = "A golden file recorded from this model.")
  private @Nullable Path goldenFile;

  @Option(names = "--tokens", description = "Also write tokens.csv, a row per token.")
  private boolean tokens;

  /// The backends that are known.
  BackendCatalog catalog() {
    return workers.catalog();
  }

  WorkerOptions workers() {
    return workers;
  }

  /// Where workers may run; null for anywhere.
  @Nullable Pin pin() {
    return pin.pin();
  }

  LoadedModel openModel() {
    return model.open();
  }

  /// What a run starts from.
  ///
  /// @param pilotOnly whether it makes no more forks than tell how many are needed
  /// @param resume whether it goes on with what is there
  /// @param command the command line that repeats it
  /// @throws UserError naming what is wrong
  RunJob.Inputs inputs(
      LoadedModel loaded,
      BackendCatalog catalog,
      boolean pilotOnly,
      boolean resume,
      String command) {
    RunPlan plan =
        new RunPlan(
            prompts(loaded),
            newTokens,
            rounds,
            warmups(),
            forks.count(),
            forks.sizing(pilotOnly),
            seed,
            match.worst() == MatchClass.NEAR_TIE,
            workers.timeout(),
            Shard.WHOLE);
    return new RunJob.Inputs(
        plan,
        loaded,
        catalog,
        variants(catalog),
        !backends.isEmpty(),
        reference(catalog),
        goldenFile == null ? Goldens.shipped(loaded) : Goldens.read(goldenFile, loaded),
        new RunJob.Sources(workers.enginesFile(), goldenFile),
        tokens,
        resume,
        command);
  }

  /// Says what is wrong with numbers and names before anything is loaded.
  void check(BackendCatalog catalog) {
    variants(catalog);
    reference(catalog);
    requireTexts(catalog);
  }

  /// Likewise, before backends are looked for.
  void checkNumbers() {
    requireAtLeast("-r", rounds, 1);
    warmups();
    workers.timeout();
  }

  private @Nullable BackendVariant reference(BackendCatalog catalog) {
    return reference == null ? null : Backends.single(catalog, "--reference", reference);
  }

  /// Does as a plan says from now on.
  ///
  /// @param otherModel whether `-m` names where the model lies here
  void follow(PlanFile planned, boolean otherModel) {
    workers.follow(planned);
    pin.follow(planned.pin());
    if (!otherModel) {
      model.use(planned.model());
    }
  }

  /// What a run starts from that does as a plan says.
  ///
  /// @throws UserError naming what is not as planned here
  RunJob.Inputs inputs(
      PlanFile planned,
      Shard shard,
      LoadedModel loaded,
      BackendCatalog catalog,
      boolean resume,
      String command) {
    planned.requireModel(loaded.sha256());
    Path golden = planned.sources().golden();
    planned.sources().require(catalog.pluginJars(), workers.enginesFile(), golden);
    String expecting = planned.reference();
    return new RunJob.Inputs(
        planned.plan(shard),
        loaded,
        catalog,
        BackendArguments.parse(catalog, planned.backends()),
        planned.namedByUser(),
        expecting == null ? null : Backends.single(catalog, "--reference", expecting),
        golden == null ? Goldens.shipped(loaded) : Goldens.read(golden, loaded),
        new RunJob.Sources(workers.enginesFile(), golden),
        planned.writeTokens(),
        resume,
        command);
  }

  /// Null if it is left to the times.
  private @Nullable Integer warmups() {
    if (warmups.equals(AUTO)) {
      return null;
    }
    try {
      int passes = Integer.parseInt(warmups);
      requireAtLeast("-w", passes, 0);
      return passes;
    } catch (NumberFormatException e) {
      throw UserError.usage("-w '%s' is neither auto nor a whole number".formatted(warmups));
    }
  }

  private static void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw UserError.usage(
          String.format(Locale.ROOT, "%s %d: at least %d is needed", option, value, least));
    }
  }

  private List<BackendVariant> variants(BackendCatalog catalog) {
    return backends.isEmpty()
        ? catalog.all().stream().map(backend -> new BackendVariant(backend, Map.of())).toList()
        : BackendArguments.parse(catalog, backends);
  }

  /// What stands at the end is a prompt; the name of a backend or of a model was meant as another
  /// thing.
  private void requireTexts(BackendCatalog catalog) {
    for (String argument : morePrompts) {
      boolean isBackend = catalog.all().stream().anyMatch(each -> each.id().equals(argument));
      if (isBackend || MODEL_NAME.matcher(argument).matches()) {
        throw UserError.usage(
            "'%s' is the name of a %s, not a prompt: %s; to pass the text as it is, write --text=%s"
                .formatted(
                    argument,
                    isBackend ? "backend" : "model",
                    isBackend ? "name backends as -b naive,kvcache" : "name a model with -m",
                    argument));
      }
    }
  }

  private List<Prompt> prompts(LoadedModel loaded) {
    List<String> arguments = new ArrayList<>(prompts);
    arguments.addAll(morePrompts);
    List<Prompt> all = new ArrayList<>();
    if (!sweep.isGiven() || !arguments.isEmpty() || !texts.isEmpty()) {
      all.addAll(Prompts.read(loaded, arguments, texts, special, newTokens));
    }
    all.addAll(
        sweep.prompts(loaded, newTokens, seed, all.stream().map(prompt -> prompt.id()).toList()));
    return all;
  }
}
