package dev.lockstep.harness.report;

import dev.lockstep.harness.diagnosis.explain.Explanation;
import dev.lockstep.harness.diagnosis.explain.Finding;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.verification.LogitsComparison;
import dev.lockstep.harness.verification.StepResult;
import dev.lockstep.harness.verification.VerifyCase;
import dev.lockstep.harness.worker.error.ShellWord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes down a failed verification so that somebody else can see it and repeat it:
///
/// - `repro.json`: what ran, on what, and what every step found on the prompt;
/// - `prompt.jsonl`: the prompt, as `-p` takes it;
/// - `operation.csv`: the wrong row, value by value, if an operation was blamed;
/// - `inputs.csv`: the rows that it was computed from;
/// - `logits.csv`: the logits at the worst position, if they were wrong;
/// - `replay.sh`: the one command.
public final class Repro {
  private static final String FORMAT = "lockstep-repro/1";

  private final OutputDirectory directory;

  public Repro(OutputDirectory directory) {
    this.directory = directory;
  }

  /// Where it lies.
  public OutputDirectory directory() {
    return directory;
  }

  /// Writes it.
  ///
  /// @param versions what ran: Lockstep, backend, options, model
  /// @param verifyCase the prompt that failed
  /// @param results what the steps found on it
  /// @param command the command line that replays it, word by word
  public void write(
      Map<String, Object> versions,
      VerifyCase verifyCase,
      List<? extends StepResult> results,
      List<String> command) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("format", FORMAT);
    content.putAll(versions);
    content.put("host", EnvironmentJson.host());
    content.put("prompt_id", verifyCase.id());
    content.put("prompt_ids", verifyCase.promptIds());
    content.put("new_tokens", verifyCase.newTokens());
    List<String> replay = fromAnywhere(command);
    content.put("replay", shell(replay));
    List<Map<String, Object>> steps = new ArrayList<>();
    for (StepResult result : results) {
      steps.add(step(result));
    }
    content.put("steps", steps);
    // What replays it is small and goes first: the disk may be nearly full.
    directory.write(
        "prompt.jsonl",
        "{\"id\": %s, \"prompt_ids\": %s}\n"
            .formatted(
                EnvironmentJson.compact(verifyCase.id()), Arrays.toString(verifyCase.promptIds())));
    directory.write("replay.sh", "#!/bin/sh\nexec " + shell(replay) + "\n");
    directory.write("repro.json", EnvironmentJson.text(content));
    results.forEach(this::writeSlices);
  }

  /// The user may have called the launcher by a relative path; it tells its directory as
  /// `lockstep.home`.
  private static List<String> fromAnywhere(List<String> command) {
    String home = System.getProperty("lockstep.home", "");
    List<String> words = new ArrayList<>(command);
    if (!home.isEmpty()) {
      words.set(0, home + "/lockstep");
    }
    return words;
  }

  private static Map<String, Object> step(StepResult result) {
    Map<String, Object> step = new LinkedHashMap<>();
    step.put("step", result.step().label());
    step.put("check", result.check());
    step.put("reference", result.reference());
    step.put("verdict", result.outcome().label());
    step.put("reason", result.reason());
    if (result instanceof StepResult.OfTokens tokens) {
      step.put("expected_ids", tokens.expected().tokenIds());
    }
    if (result instanceof StepResult.OfExplain explain) {
      step.put("token_ids", explain.tokens());
      Explanation explanation = explain.explanation();
      if (explanation != null) {
        explanation.finding().ifPresent(finding -> addFinding(step, finding, explanation));
      }
    }
    return step;
  }

  private static void addFinding(
      Map<String, Object> step, Finding finding, Explanation explanation) {
    step.put("finding", finding.describe());
    step.put("operation", finding.operation());
    step.put("not_shown_before", finding.unseen());
    step.put("position", finding.position());
    step.put("channel", finding.deviation().channel());
    step.put("rows_beyond_budget", finding.rowsBeyond());
    step.put("rows_shown", finding.rowsShown());
    step.put("where", finding.where());
    step.put("hint", finding.hint().orElse(""));
    step.put(
        "all_operations_beyond_budget",
        explanation.beyond().stream().map(Explanation.OperationReport::name).toList());
  }

  private void writeSlices(StepResult result) {
    switch (result) {
      case StepResult.OfLogits logits -> {
        LogitsComparison comparison = logits.logits();
        if (comparison != null && comparison.worst() != null) {
          writeLogits(comparison.worst());
        }
      }
      case StepResult.OfExplain explain -> {
        Explanation explanation = explain.explanation();
        if (explanation != null) {
          explanation.finding().ifPresent(this::writeFinding);
        }
      }
      case StepResult.OfTokens tokens -> {}
      case StepResult.OfCheck check -> {}
      case StepResult.OfLaw law -> {}
    }
  }

  private void writeLogits(LogitsComparison.Worst worst) {
    List<List<String>> rows = new ArrayList<>();
    for (int id = 0; id < worst.reference().length; id++) {
      rows.add(
          List.of(
              Long.toString(worst.index()),
              Integer.toString(id),
              Double.toString(worst.reference()[id]),
              Double.toString(worst.tested()[id])));
    }
    directory.writeCsv("logits.csv", List.of("index", "token_id", "reference", "tested"), rows);
  }

  private void writeFinding(Finding finding) {
    Finding.Slice slice = finding.slice();
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < slice.shown().length; c++) {
      rows.add(
          List.of(
              finding.operation(),
              Integer.toString(finding.position()),
              Integer.toString(c),
              Double.toString(slice.shown()[c]),
              Double.toString(slice.expected()[c]),
              Double.toString(slice.budget()[c])));
    }
    directory.writeCsv(
        "operation.csv",
        List.of("activation", "position", "channel", "got", "expected", "budget"),
        rows);
    List<List<String>> inputs = new ArrayList<>();
    for (Finding.InputRow row : slice.inputs()) {
      for (int c = 0; c < row.values().length; c++) {
        inputs.add(
            List.of(
                row.activation(),
                Integer.toString(row.position()),
                Integer.toString(c),
                Double.toString(row.values()[c])));
      }
    }
    directory.writeCsv("inputs.csv", List.of("activation", "position", "channel", "value"), inputs);
  }

  /// A command line as a shell reads it.
  public static String shell(List<String> command) {
    return command.stream().map(ShellWord::quoted).collect(Collectors.joining(" "));
  }
}
