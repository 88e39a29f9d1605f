package dev.lockstep.harness.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.page.Html.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What the run ran on and with, as `environment.json` has it.
final class EnvironmentTables {
  private static final int MAX_TEXT = 400;

  private final RunResults run;

  EnvironmentTables(RunResults run) {
    this.run = run;
  }

  void writeTo(Html html) {
    JsonNode environment = run.environment();
    List<List<Cell>> rows = new ArrayList<>();
    for (String field : List.of("lockstep_version", "lockstep_revision", "started_at")) {
      add(rows, field, environment.path(field));
    }
    for (String part : List.of("host", "model", "plan", "measured")) {
      for (var field : environment.path(part).properties()) {
        if (!field.getKey().equals("prompts")) {
          add(rows, part + " " + field.getKey(), field.getValue());
        }
      }
    }
    html.table("Machine, model and plan.", List.of("what", "value"), rows);
    backends(html, environment.path("backends"));
    prompts(html, environment.path("plan").path("prompts"));
  }

  private static void add(List<List<Cell>> rows, String name, JsonNode value) {
    String text = shown(value);
    if (!text.isEmpty()) {
      rows.add(List.of(Cell.words(name.replace('_', ' ')), Cell.words(text)));
    }
  }

  private static String shown(JsonNode value) {
    String text;
    if (value.isObject()) {
      text =
          value.properties().stream()
              .map(field -> field.getKey() + "=" + shown(field.getValue()))
              .collect(Collectors.joining(", "));
    } else if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      value.forEach(part -> parts.add(shown(part)));
      text = String.join(", ", parts);
    } else {
      text = value.asText("");
    }
    return cut(text);
  }

  /// The whole of it is in the page's data.
  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  private static void backends(Html html, JsonNode backends) {
    List<List<Cell>> rows = new ArrayList<>();
    for (JsonNode backend : backends) {
      rows.add(
          List.of(
              Cell.words(cut(backend.path("backend").asText(""))),
              Cell.words(shown(backend.path("options"))),
              Cell.words(shown(backend.path("execution_path"))),
              Cell.words(shown(backend.path("jvm_args"))),
              Cell.words(shown(backend.path("unavailable")))));
    }
    html.table(
        "What every backend ran with.",
        List.of("backend", "options", "what really ran", "JVM options", "unavailable because"),
        rows);
  }

  private static void prompts(Html html, JsonNode prompts) {
    List<List<Cell>> rows = new ArrayList<>();
    for (JsonNode prompt : prompts) {
      rows.add(
          List.of(
              Cell.words(cut(prompt.path("id").asText(""))),
              Cell.number(Integer.toString(prompt.path("prompt_ids").size())),
              Cell.words(cut(prompt.path("text").asText("")))));
    }
    html.table("The prompts.", List.of("prompt", "tokens", "text"), rows);
  }
}
