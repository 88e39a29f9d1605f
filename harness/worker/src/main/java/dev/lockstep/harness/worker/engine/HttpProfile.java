package dev.lockstep.harness.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The servers' own interfaces: how to ask for greedy tokens after ids, and where the ids of an
/// answer's chunk stand.
public enum HttpProfile {
  /// llama.cpp's server. Its `ignore_eos` changes logits, so it is not asked for.
  LLAMA_CPP("llama.cpp", "/completion") {
    @Override
    Map<String, Object> body(int[] promptIds, int newTokens, @Nullable String model) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("prompt", promptIds);
      body.put("n_predict", newTokens);
      body.put("stream", true);
      body.put("return_tokens", true);
      body.put("cache_prompt", false);
      body.put("temperature", 0);
      body.put("repeat_penalty", 1);
      return body;
    }

    @Override
    JsonNode ids(JsonNode chunk) {
      return chunk.path("tokens");
    }

    @Override
    String text(JsonNode chunk) {
      return chunk.path("content").asText("");
    }

    @Override
    boolean isLast(JsonNode chunk) {
      return chunk.path("stop").asBoolean(false);
    }

    @Override
    JsonNode count(JsonNode chunk) {
      return isLast(chunk) ? chunk.path("tokens_predicted") : chunk.path("");
    }
  },

  /// vLLM's completions. The salt keeps an answer from being helped by an earlier one.
  VLLM("vllm", "/v1/completions") {
    @Override
    Map<String, Object> body(int[] promptIds, int newTokens, @Nullable String model) {
      Map<String, Object> body = new LinkedHashMap<>();
      if (model != null) {
        body.put("model", model);
      }
      body.put("prompt", promptIds);
      body.put("max_tokens", newTokens);
      body.put("temperature", 0);
      body.put("stream", true);
      body.put("return_token_ids", true);
      body.put("cache_salt", UUID.randomUUID().toString());
      return body;
    }

    @Override
    JsonNode ids(JsonNode chunk) {
      return chunk.path("choices").path(0).path("token_ids");
    }

    @Override
    String text(JsonNode chunk) {
      return chunk.path("choices").path(0).path("text").asText("");
    }

    @Override
    JsonNode count(JsonNode chunk) {
      return chunk.path("usage").path("completion_tokens");
    }
  },

  /// SGLang's own interface.
  SGLANG("sglang", "/generate") {
    @Override
    Map<String, Object> body(int[] promptIds, int newTokens, @Nullable String model) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("input_ids", promptIds);
      body.put("sampling_params", Map.of("temperature", 0, "max_new_tokens", newTokens));
      body.put("stream", true);
      return body;
    }

    @Override
    JsonNode ids(JsonNode chunk) {
      return chunk.path("output_ids");
    }

    @Override
    String text(JsonNode chunk) {
      return chunk.path("text").asText("");
    }

    @Override
    JsonNode count(JsonNode chunk) {
      return chunk.path("meta_info").path("completion_tokens");
    }
  };

  private final String label;
  private final String path;

  HttpProfile(String label, String path) {
    this.label = label;
    this.path = path;
  }

  /// As a description names it.
  public String label() {
    return label;
  }

  /// Where tokens are asked for.
  String path() {
    return path;
  }

  abstract Map<String, Object> body(int[] promptIds, int newTokens, @Nullable String model);

  /// The new ids of a chunk; missing where it has none.
  abstract JsonNode ids(JsonNode chunk);

  /// The text of a chunk, which is looked at only to see that ids are missing.
  abstract String text(JsonNode chunk);

  /// Whether nothing follows, where the chunk says so itself.
  boolean isLast(JsonNode chunk) {
    return false;
  }

  /// How many new tokens it says that there were by now; missing where it does not.
  abstract JsonNode count(JsonNode chunk);
}
