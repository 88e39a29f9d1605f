package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;

/// A workload as a run's `environment.json` tells of it.
///
/// @param ids the token ids, those of the depth first
/// @param depth how many of them were in the cache before the clock started
/// @param newTokens how many were generated after it
record RecordedPrompt(String id, JsonNode ids, int depth, int newTokens) {
  static RecordedPrompt of(JsonNode prompt, JsonNode plan) {
    return new RecordedPrompt(
        prompt.path("id").asText(),
        prompt.path("prompt_ids"),
        prompt.path("depth").asInt(),
        prompt.path("new_tokens").asInt(plan.path("new_tokens").asInt()));
  }
}
