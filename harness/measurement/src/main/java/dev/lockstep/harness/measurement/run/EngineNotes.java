package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.engine.Engine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What must be known of an engine's figures: whose clock took them, and what it was not asked.
final class EngineNotes {
  private EngineNotes() {}

  /// A line each; none for a backend of the JVM.
  static List<String> of(
      BackendVariant variant, Map<String, String> executionPath, Workload workload) {
    Engine engine = variant.engine();
    if (engine == null) {
      return List.of();
    }
    List<String> notes = new ArrayList<>();
    String label = variant.label();
    notes.add(
        engine.isTimedByClient()
            ? "%s is a server: its times are taken where its answers arrive, and a request that asks for nothing takes %s ms of them"
                .formatted(label, executionPath.getOrDefault(Reply.Loaded.ROUND_TRIP, "unknown"))
            : label + " is another program: its times are by its own clock");
    Map<String, List<String>> unasked = new LinkedHashMap<>();
    for (PromptCase promptCase : workload.plain()) {
      String why = workload.whyNotAsked(variant, promptCase);
      if (why != null) {
        unasked.computeIfAbsent(why, w -> new ArrayList<>()).add(promptCase.promptId());
      }
    }
    unasked.forEach(
        (why, prompts) ->
            notes.add("%s is not asked %s: %s".formatted(label, String.join(", ", prompts), why)));
    return notes;
  }
}
