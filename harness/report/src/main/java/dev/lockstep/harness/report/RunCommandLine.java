package dev.lockstep.harness.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The command line that repeats a run.
public final class RunCommandLine {
  private static final Pattern FORKS = Pattern.compile(" --forks[ =]\\S+");

  /// Longer prompts are not repeated on the command line.
  private static final int MAX_PROMPT_CHARACTERS = 2000;

  private static final String COMMAND = "./lockstep run";

  private RunCommandLine() {}

  /// As it was typed, or as it follows from the plan where the run is of a version that did not
  /// record it.
  public static String of(RunResults run) {
    String typed = run.environmentText("command");
    return typed.isEmpty() ? ofPlan(run) : typed;
  }

  /// The same with as many forks as a verdict needs. A plan has as many as it has, so a run that
  /// followed one, or was merged, is repeated without it.
  ///
  /// @param forks how many
  public static String withForks(RunResults run, int forks) {
    String typed = of(run);
    boolean free = typed.startsWith(COMMAND) && !typed.contains(" --plan");
    String command = FORKS.matcher(free ? typed : ofPlan(run)).replaceFirst("");
    return COMMAND + " --forks " + forks + command.substring(COMMAND.length());
  }

  private static String ofPlan(RunResults run) {
    List<String> words = new ArrayList<>(List.of("./lockstep", "run"));
    words.addAll(List.of("-m", run.environmentText("model", "argument")));
    JsonNode plan = run.environment().path("plan");
    plan.path("backends")
        .forEach(label -> words.addAll(List.of("-b", label.asText().replaceFirst("#\\d+", ""))));
    words.addAll(List.of("-n", plan.path("new_tokens").asText()));
    words.addAll(List.of("-r", plan.path("rounds").asText()));
    words.addAll(List.of("-w", plan.path("warmups").asText()));
    words.addAll(List.of("--forks", plan.path("forks").asText()));
    words.addAll(List.of("--seed", plan.path("seed").asText()));
    addPrompts(words, plan.path("prompts"));
    return Repro.shell(words);
  }

  private static void addPrompts(List<String> words, JsonNode prompts) {
    List<String> texts = new ArrayList<>();
    int characters = 0;
    for (JsonNode prompt : prompts) {
      String text = prompt.path("text").asText("");
      characters += text.isEmpty() ? MAX_PROMPT_CHARACTERS : text.length();
      texts.add("--text=" + text);
    }
    words.addAll(characters < MAX_PROMPT_CHARACTERS ? texts : List.of("-p", "prompts.jsonl"));
  }
}
