package dev.lockstep.harness.cli;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.KernelResources;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.Models;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lockstep kernel-resources`: what every kernel takes of an NVIDIA multiprocessor, as a page of
/// Markdown. It needs NVRTC and no GPU.
@Command(
    name = "kernel-resources",
    description =
        "Prints registers, shared memory and spills of every generated kernel, as Markdown. Needs NVRTC, no GPU. Exits with 1 if a kernel spills.",
    mixinStandardHelpOptions = true)
final class KernelResourcesCommand implements Callable<Integer> {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      split = ",",
      defaultValue =
          "shakespeare,synthetic:gpt2,synthetic:gpt2-medium,synthetic:gpt2-large,synthetic:gpt2-xl",
      description = "Models, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<String> models = List.of();

  @Option(
      names = "--architecture",
      paramLabel = "SM",
      split = ",",
      defaultValue = "sm_80,sm_90",
      description = "What to compile for: sm_80 (A100), sm_90 (H100, H200) (default: both).")
  private List<Card> cards = List.of();

  /// A card to compile for. The number of its multiprocessors is in the kernels.
  enum Card {
    SM_80(80, 108, "A100"),
    SM_90(90, 132, "H100, H200");

    final int computeCapability;
    final int multiprocessors;
    final String names;

    Card(int computeCapability, int multiprocessors, String names) {
      this.computeCapability = computeCapability;
      this.multiprocessors = multiprocessors;
      this.names = names;
    }

    DeviceTraits traits() {
      return new DeviceTraits(
          names, Dialect.CUDA, true, 32, 4, multiprocessors, 1024, 49_152, 80L << 30);
    }
  }

  @Override
  public Integer call() {
    RuntimeCompiler compiler =
        switch (CompilerSearch.find(CompilerFamily.NVRTC)) {
          case CompilerSearch.Found(RuntimeCompiler found) -> found;
          case CompilerSearch.Missing(String reason, String remedy) ->
              throw UserError.error("%s; %s".formatted(reason, remedy));
        };
    Map<String, Gpt2Config> configs = new LinkedHashMap<>();
    models.forEach(model -> configs.put(model, Models.shape(model)));
    Console.print(
        """
        # What the kernels take

        Written by `./lockstep kernel-resources`, which needs NVRTC and no GPU; this one by NVRTC %s. Groups of 256 threads.
        A cell is registers a thread / bytes of shared memory a group.
        """
            .formatted(compiler.version()));
    int spilling = 0;
    for (Card card : cards) {
      spilling += print(compiler, card, configs);
    }
    return spilling == 0 ? ExitCode.OK : ExitCode.ERROR;
  }

  /// Prints one card's table and returns how many kernels spill.
  private static int print(RuntimeCompiler compiler, Card card, Map<String, Gpt2Config> configs) {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    int kernels = 0;
    int spilling = 0;
    int column = 0;
    for (Gpt2Config config : configs.values()) {
      for (Map.Entry<String, KernelResources> entry :
          resources(compiler, card, config).entrySet()) {
        kernels++;
        spilling += entry.getValue().spills() ? 1 : 0;
        List<String> row = rows.computeIfAbsent(entry.getKey(), name -> new ArrayList<>());
        pad(row, column);
        row.add(cell(entry.getValue()));
      }
      column++;
    }
    Console.println(
        String.format(
            Locale.ROOT,
            "%n## %s (%s): %d kernels, %s%n",
            "sm_" + card.computeCapability,
            card.names,
            kernels,
            spilling == 0 ? "no spills" : spilling + " spill"));
    Console.println("| kernel | " + String.join(" | ", configs.keySet()) + " |");
    Console.println("|---" + "|---".repeat(configs.size()) + "|");
    int columns = column;
    rows.forEach(
        (kernel, row) -> {
          pad(row, columns);
          Console.println("| `%s` | %s |".formatted(kernel, String.join(" | ", row)));
        });
    return spilling;
  }

  /// What a model's kernels take, those of the default options and those that `order=fast` has in
  /// place of some, by name.
  private static Map<String, KernelResources> resources(
      RuntimeCompiler compiler, Card card, Gpt2Config config) {
    Map<String, KernelResources> all = new LinkedHashMap<>();
    for (boolean oneOrder : new boolean[] {true, false}) {
      KernelOptions options = new KernelOptions(true, true, oneOrder);
      KernelSource source = KernelsCommand.source(config, card.traits(), options);
      Map<String, KernelResources> byName = new LinkedHashMap<>();
      KernelResources.of(compiler, source.text(), source.name(), card.computeCapability)
          .forEach(resources -> byName.put(resources.kernel(), resources));
      for (String kernel : source.kernels()) {
        KernelResources resources = byName.get(kernel);
        if (resources == null) {
          throw new IllegalStateException("the compiler's log does not tell of kernel " + kernel);
        }
        all.put(kernel, resources);
      }
    }
    return all;
  }

  /// A kernel that a model does not have.
  private static void pad(List<String> row, int columns) {
    while (row.size() < columns) {
      row.add("–");
    }
  }

  private static String cell(KernelResources resources) {
    String cell =
        String.format(Locale.ROOT, "%d / %d", resources.registers(), resources.sharedBytes());
    return resources.spills()
        ? String.format(
            Locale.ROOT,
            "%s, **spills %d + %d**",
            cell,
            resources.spillStoreBytes(),
            resources.spillLoadBytes())
        : cell;
  }
}
