package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.worker.error.UserError;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The workloads that two runs share: the same id, token ids and number of new tokens.
///
/// @param prompts in the order of the earlier run
/// @param others why the other workloads are not compared, a line each
record CommonPrompts(List<RecordedPrompt> prompts, List<String> others) {
  /// @throws UserError if there is none
  static CommonPrompts of(RecordedRun before, RecordedRun after) {
    Map<String, RecordedPrompt> old = before.prompts();
    Map<String, RecordedPrompt> recent = after.prompts();
    List<RecordedPrompt> prompts = new ArrayList<>();
    List<String> others = new ArrayList<>();
    Set<String> all = new LinkedHashSet<>(old.keySet());
    all.addAll(recent.keySet());
    for (String id : all) {
      RecordedPrompt first = old.get(id);
      RecordedPrompt second = recent.get(id);
      if (first == null || second == null) {
        others.add(
            "prompt '%s' is only in %s"
                .formatted(id, first == null ? after.directory() : before.directory()));
      } else if (!first.ids().equals(second.ids())) {
        others.add("prompt '%s' has other tokens in the two runs".formatted(id));
      } else if (first.depth() != second.depth()) {
        others.add(
            "prompt '%s' has a depth of %s in the first run and %s in the second"
                .formatted(id, first.depth(), second.depth()));
      } else if (first.newTokens() != second.newTokens()) {
        others.add(
            "prompt '%s' has %s new tokens in the first run and %s in the second"
                .formatted(id, first.newTokens(), second.newTokens()));
      } else {
        prompts.add(first);
      }
    }
    if (prompts.isEmpty()) {
      throw UserError.usage(
          "%s and %s share no workload: %s; compare runs of the same prompts and -n"
              .formatted(
                  before.directory(),
                  after.directory(),
                  others.isEmpty() ? "they have none" : others.getFirst()));
    }
    return new CommonPrompts(prompts, others);
  }

  List<String> ids() {
    return prompts.stream().map(RecordedPrompt::id).toList();
  }

  /// What rows of a metric are about: each prompt, and all together if there are several. Where
  /// one new token was asked for there is nothing to decode.
  List<Scope> scopes(Metric metric) {
    List<String> ids =
        prompts.stream()
            .filter(prompt -> metric != Metric.DECODE || prompt.newTokens() > 1)
            .map(RecordedPrompt::id)
            .toList();
    List<Scope> scopes = new ArrayList<>();
    ids.forEach(id -> scopes.add(new Scope(id, List.of(id), ids.size() == 1)));
    if (ids.size() > 1) {
      scopes.add(new Scope(Comparison.ALL, ids, true));
    }
    return scopes;
  }

  /// The prompts of a row.
  ///
  /// @param whole whether there are no others
  record Scope(String name, List<String> prompts, boolean whole) {}
}
