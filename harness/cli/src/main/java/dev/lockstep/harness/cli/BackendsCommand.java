package dev.lockstep.harness.cli;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.harness.worker.AvailabilityCheck;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lockstep backends`: what there is, what it takes, and why something cannot run here.
@Command(
    name = "backends",
    description = "Lists the backends, their options, and whether they can run here.",
    mixinStandardHelpOptions = true)
final class BackendsCommand implements Callable<Integer> {
  @Mixin private WorkerOptions workers = new WorkerOptions();

  @Option(
      names = "--places",
      description = "Also list where the GPUs' runtime compilers are looked for.")
  private boolean places;

  @Override
  public Integer call() {
    BackendCatalog catalog = workers.catalog();
    List<BackendVariant> variants = new ArrayList<>();
    for (Backend backend : catalog.all()) {
      variants.add(new BackendVariant(backend, Map.of()));
    }
    try (ScratchLogs logs = new ScratchLogs()) {
      WorkerFactory factory = workers.factoryWithoutModel(catalog, logs::log);
      AvailabilityCheck.Result result = AvailabilityCheck.of(variants, factory);
      for (BackendVariant variant : variants) {
        String unavailable = result.unavailable().get(variant);
        Console.println(
            "%-10s %s"
                .formatted(
                    variant.id(),
                    unavailable == null
                        ? "available on " + result.devices().get(variant)
                        : "unavailable: " + unavailable));
        Console.println("           " + variant.backend().description());
        for (BackendOption option : variant.backend().options()) {
          Console.println(
              "           %s=%s (default %s): %s"
                  .formatted(option.name(), option.range(), option.defaultText(), option.help()));
        }
      }
    }
    if (places) {
      for (CompilerFamily family : CompilerFamily.values()) {
        Console.println(family.prefix() + " is looked for in this order:");
        CompilerSearch.places(family).forEach(place -> Console.println("           " + place));
      }
    }
    return ExitCode.OK;
  }
}
