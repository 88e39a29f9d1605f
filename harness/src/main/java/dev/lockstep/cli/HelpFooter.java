package dev.lockstep.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/// What stands at the end of every `--help`: examples, exit codes and the environment.
final class HelpFooter {
  private static final Map<String, List<String>> EXAMPLES =
      Map.ofEntries(
          Map.entry(
              "lockstep",
              List.of(
                  "lockstep run",
                  "lockstep verify -b simd --reference naive",
                  "lockstep generate -n 40 \"ROMEO:\"")),
          Map.entry(
              "run",
              List.of(
                  "lockstep run -b naive,kvcache -n 32 -r 5 -o results/mine",
                  "lockstep run -m synthetic:gpt2 -b kvcache,simd:threads=1..2 \"I am the king of"
                      + " Jungle.\"",
                  "lockstep run -p prompts.txt --text=notes.txt -- \"-5 + 3 =\"",
                  "lockstep run -o results/mine --resume")),
          Map.entry(
              "verify",
              List.of(
                  "lockstep verify -b simd --reference naive",
                  "lockstep verify -b simd --random 20 --seed 7 --explain",
                  "lockstep verify -b simd -m gpt2 --golden golden.json -o results/verify")),
          Map.entry("tck", List.of("lockstep tck -b my-backend --plugins my-backend.jar")),
          Map.entry(
              "micro",
              List.of("lockstep micro -b simd,kvcache --prefill 128 --decode 128 --profile gc")),
          Map.entry(
              "generate",
              List.of(
                  "lockstep generate -n 40 \"ROMEO:\"",
                  "lockstep generate -b simd -m gpt2 --temperature 0.9 --top-k 40 --seed 7 \"Once"
                      + " upon a time\"",
                  "lockstep generate -- \"-5 + 3 =\"")),
          Map.entry(
              "backends", List.of("lockstep backends", "lockstep backends --plugins plugins/")),
          Map.entry(
              "kernels",
              List.of("lockstep kernels -m gpt2 --dialect cuda", "lockstep kernels --no-fuse")),
          Map.entry("kernel-resources", List.of("lockstep kernel-resources")),
          Map.entry("models", List.of("lockstep models")),
          Map.entry("download", List.of("lockstep download gpt2")));

  private static final String CACHE =
      "  LOCKSTEP_CACHE      where synthetic models and compiled kernels are kept (default:"
          + " lockstep in XDG_CACHE_HOME, else in ~/.cache)";

  private static final List<String> ENVIRONMENT =
      List.of(
          CACHE,
          "  LOCKSTEP_JAVA_HOME  the JDK that is used, before JAVA_HOME",
          "  HF_HUB_CACHE, HF_HOME  where the Hugging Face cache lies",
          "  HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE  as Hugging Face's own tools read them",
          "  HTTPS_PROXY, NO_PROXY  how download reaches the hub");

  private HelpFooter() {}

  /// Adds them to a command and those below it.
  static void addTo(CommandLine root) {
    UsageMessageSpec whole = root.getCommandSpec().usageMessage();
    add(whole, "lockstep", ENVIRONMENT);
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              UsageMessageSpec usage = command.getCommandSpec().usageMessage();
              if (usage.exitCodeList().isEmpty()) {
                usage.exitCodeListHeading(whole.exitCodeListHeading());
                usage.exitCodeList(whole.exitCodeList());
              }
              add(usage, name, List.of(CACHE, "  and those that lockstep --help lists"));
            });
  }

  private static void add(UsageMessageSpec usage, String name, List<String> environment) {
    List<String> lines = new ArrayList<>();
    List<String> examples = EXAMPLES.getOrDefault(name, List.of());
    if (!examples.isEmpty()) {
      lines.add("");
      lines.add("Examples:");
      examples.forEach(example -> lines.add("  " + example));
    }
    lines.add("");
    lines.add("Environment:");
    lines.addAll(environment);
    usage.footer(lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new));
  }
}
