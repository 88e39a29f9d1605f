package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;

/// A workload as a run's `environment.json` tells of it.
///
/// @param ids the token ids of the prompt
/// @param newTokens how many were generated after it
record RecordedPrompt(String id, JsonNode ids, int newTokens) {
  static RecordedPrompt of(JsonNode prompt, JsonNode plan) {
    return new RecordedPrompt(
        prompt.path("id").asText(), prompt.path("prompt_ids"), plan.path("new_tokens").asInt());
  }
}
