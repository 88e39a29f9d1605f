package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.report.Repro;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.StepResult;
import dev.lockstep.harness.verification.VerifyCase;
import dev.lockstep.harness.worker.LockstepVersion;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.model.LoadedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Step 5 of `verify`: a repro of the first prompt that failed.
final class VerifyRepro {
  private final LoadedModel model;
  private final WorkerFactory factory;
  private final VerifyCases cases;
  private final boolean explain;
  private final MatchClass match;

  VerifyRepro(
      LoadedModel model,
      WorkerFactory factory,
      VerifyCases cases,
      boolean explain,
      MatchClass match) {
    this.model = model;
    this.factory = factory;
    this.cases = cases;
    this.explain = explain;
    this.match = match;
  }

  /// @param output the command's output directory, or null if it has none
  void write(@Nullable OutputDirectory output, BackendVariant variant, List<StepResult> results) {
    VerifyCase failed = firstFailed(results);
    Path path =
        output == null
            ? Path.of("runs", "repro-" + RunName.timestamp() + "-" + variant.fileName())
            : output.file("repro-" + variant.fileName());
    try (OutputDirectory directory = OutputDirectory.createNumbered(path)) {
      write(directory, variant, failed, results);
    }
  }

  private void write(
      OutputDirectory directory,
      BackendVariant variant,
      VerifyCase failed,
      List<StepResult> results) {
    List<String> command = command(variant, failed, directory.file("prompt.jsonl"));
    new Repro(directory)
        .write(
            versions(variant),
            failed,
            results.stream().filter(result -> result.verifyCase().equals(failed)).toList(),
            command);
    // What the backend printed is evidence too.
    directory.copyIfPresent(factory.logs().apply(variant.label()), directory.log(variant.label()));
    Console.print("  %-30s %s\n".formatted("5 repro", directory.path()));
    Console.print("      replay: " + Repro.shell(command) + "\n");
  }

  /// Whether something failed on a prompt: what the contract's models show, `tck` repeats.
  static boolean isNeeded(List<StepResult> results) {
    return onPrompts(results).stream()
        .anyMatch(r -> r.outcome() == Outcome.FAIL || r.outcome() == Outcome.ERROR);
  }

  private static List<StepResult> onPrompts(List<StepResult> results) {
    return results.stream().filter(result -> !(result instanceof StepResult.OfLaw)).toList();
  }

  private static VerifyCase firstFailed(List<StepResult> all) {
    List<StepResult> results = onPrompts(all);
    return results.stream()
        .filter(result -> result.outcome() == Outcome.FAIL)
        .findFirst()
        .or(() -> results.stream().filter(r -> r.outcome() == Outcome.ERROR).findFirst())
        .orElseThrow(() -> new IllegalArgumentException("nothing failed"))
        .verifyCase();
  }

  private List<String> command(BackendVariant variant, VerifyCase failed, Path promptFile) {
    List<String> command =
        new ArrayList<>(List.of(Launcher.command(), "verify", "-b", variant.label()));
    command.addAll(List.of("-m", modelArgument()));
    command.addAll(cases.argumentsFor(failed, promptFile));
    if (match == MatchClass.NEAR_TIE) {
      command.addAll(List.of("--match", "near-tie"));
    }
    for (Path plugin : factory.plugins()) {
      command.addAll(List.of("--plugins", plugin.toAbsolutePath().toString()));
    }
    for (String argument : factory.extraJvmArgs()) {
      command.add("--worker-jvm-arg=" + argument);
    }
    if (explain) {
      command.add("--explain");
    }
    return command;
  }

  /// Somebody may replay it from another directory.
  private String modelArgument() {
    String argument = model.argument();
    Path path = Path.of(argument).toAbsolutePath().normalize();
    return path.equals(model.directory()) ? path.toString() : argument;
  }

  private Map<String, Object> versions(BackendVariant variant) {
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("lockstep_version", LockstepVersion.text());
    versions.put("backend", variant.id());
    versions.put("options", variant.values().all());
    versions.put("worker_jvm_args", factory.jvmArgs(variant));
    versions.put("model", model.argument());
    versions.put("model_sha256", model.sha256());
    return versions;
  }
}
