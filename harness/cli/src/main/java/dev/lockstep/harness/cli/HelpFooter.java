package dev.lockstep.harness.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
                  "lockstep run -b naive,kvcache -n 32 -r 5 -o runs/mine",
                  "lockstep run -m synthetic:gpt2 -b kvcache,simd:threads=1..2 --forks 5",
                  "lockstep run -b mine@old.jar,mine@new.jar --forks auto",
                  "lockstep run --n-prompt 32,128 --n-gen 32 --n-depth 0,64",
                  "lockstep run -p prompts.txt --text=notes.txt -- \"-5 + 3 =\"",
                  "lockstep run -o runs/mine --resume")),
          Map.entry(
              "compare",
              List.of(
                  "lockstep compare runs/before runs/after",
                  "lockstep compare runs/before runs/after --anchor kvcache",
                  "lockstep compare runs/mine --backends kvcache,simd --format markdown",
                  "lockstep compare runs/before runs/after --fail-on-regression 5%")),
          Map.entry(
              "plan",
              List.of(
                  "lockstep plan -m synthetic:gpt2 -b kvcache,simd --forks 8 -o runs/plan.json",
                  "lockstep run --plan runs/plan.json --shard 1/2 -o runs/first-half")),
          Map.entry("merge", List.of("lockstep merge runs/shards/* -o runs/merged")),
          Map.entry(
              "submit",
              List.of(
                  "lockstep submit --slurm plan.json -o runs/cluster -- --partition=compute",
                  "lockstep submit --slurm plan.json -o runs/cluster --shards 4 --dry-run")),
          Map.entry("export", List.of("lockstep export runs/mine --format llama-bench")),
          Map.entry(
              "verify",
              List.of(
                  "lockstep verify -b simd --reference naive",
                  "lockstep verify -b simd --random 20 --seed 7 --explain",
                  "lockstep verify -b simd -m gpt2 --golden golden.json -o runs/verify")),
          Map.entry(
              "report",
              List.of(
                  "lockstep report runs/mine",
                  "lockstep report runs/before runs/after -o runs/both.html")),
          Map.entry("doctor", List.of("lockstep doctor", "lockstep doctor --seconds 30")),
          Map.entry("tck", List.of("lockstep tck -b my-backend --plugins my-backend.jar")),
          Map.entry(
              "micro",
              List.of("lockstep micro -b simd,kvcache --prefill 128 --decode 128 --profile gc")),
          Map.entry(
              "generate",
              List.of(
                  "lockstep generate -n 40 \"ROMEO:\"",
                  "lockstep generate -m gpt2 --temperature 0.9 --seed 7 \"Once upon a time\"",
                  "lockstep generate -- \"-5 + 3 =\"")),
          Map.entry(
              "backends", List.of("lockstep backends", "lockstep backends --plugins plugins/")),
          Map.entry(
              "engines",
              List.of(
                  "lockstep engines --engines examples/engines/engines.json",
                  "lockstep run -b simd,numpy --engines examples/engines/engines.json")),
          Map.entry(
              "new-backend",
              List.of(
                  "lockstep new-backend my-backend", "lockstep new-backend my-backend -o ../mine")),
          Map.entry(
              "kernels",
              List.of("lockstep kernels -m gpt2 --dialect cuda", "lockstep kernels --no-fuse")),
          Map.entry("kernel-resources", List.of("lockstep kernel-resources")),
          Map.entry("models", List.of("lockstep models")),
          Map.entry("download", List.of("lockstep download gpt2")));

  private static final List<String> CACHE =
      List.of(
          "  LOCKSTEP_CACHE      keeps models, compiled kernels, answers (default:",
          "                      lockstep in XDG_CACHE_HOME, else in ~/.cache)");

  private static final List<String> HUB =
      List.of(
          "  HF_HUB_CACHE        the Hugging Face cache; else HUGGINGFACE_HUB_CACHE, else",
          "                      hub/ in HF_HOME, else ~/.cache/huggingface/hub",
          "  HF_TOKEN            for models that need one; else HF_TOKEN_PATH names its",
          "                      file, else token in HF_HOME; it is sent to the hub alone",
          "  HF_ENDPOINT         another hub (default: https://huggingface.co)",
          "  HF_HUB_OFFLINE      1: do not touch the network; also TRANSFORMERS_OFFLINE",
          "  HTTPS_PROXY         http://[USER:PASSWORD@]HOST:PORT; also ALL_PROXY, NO_PROXY");

  private static final List<String> OTHERS =
      List.of(
          "  LOCKSTEP_JAVA_HOME  the JDK to use, before JAVA_HOME",
          "  JAVA_TOOL_OPTIONS   options for every JVM, the workers' included",
          "  TMPDIR              where temporary files go");

  private HelpFooter() {}

  /// Adds them to a command and those below it.
  static void addTo(CommandLine root) {
    UsageMessageSpec whole = root.getCommandSpec().usageMessage();
    add(whole, "lockstep", joined(CACHE, HUB, OTHERS));
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              UsageMessageSpec usage = command.getCommandSpec().usageMessage();
              if (usage.exitCodeList().isEmpty()) {
                usage.exitCodeListHeading(whole.exitCodeListHeading());
                usage.exitCodeList(whole.exitCodeList());
              }
              add(
                  usage,
                  name,
                  joined(
                      CACHE,
                      name.equals("download") ? HUB : List.of(),
                      List.of("  and those that lockstep --help lists")));
            });
  }

  @SafeVarargs
  private static List<String> joined(List<String>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
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
