package dev.lockstep.harness.measurement.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// In which parts two plans differ, each with its old and its new value, in the words of the
/// command line.
final class PlanDifferences {
  private static final int MAX_CHARACTERS = 80;

  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("effect", "--effect"),
          Map.entry("backends", "-b"),
          Map.entry("reference", "--reference"),
          Map.entry("new_tokens", "-n"),
          Map.entry("rounds", "-r"),
          Map.entry("warmups", "-w"),
          Map.entry("forks", "--forks"),
          Map.entry("seed", "--seed"),
          Map.entry("pin", "--pin"),
          Map.entry("shard", "--shard"),
          Map.entry("match", "--match"));

  private PlanDifferences() {}

  /// @param earlier an `environment.json`
  /// @param now its `plan` and `model` as they would be written now
  static List<String> between(JsonNode earlier, JsonNode now) {
    List<String> differences = new ArrayList<>();
    JsonNode before = earlier.path("plan");
    JsonNode after = now.path("plan");
    Set<String> fields = new TreeSet<>();
    before.fieldNames().forEachRemaining(fields::add);
    after.fieldNames().forEachRemaining(fields::add);
    for (String field : fields) {
      JsonNode old = before.path(field);
      JsonNode own = after.path(field);
      if (old.equals(own)) {
        continue;
      }
      switch (field) {
        case "model_sha256" ->
            differences.add(
                changed("-m", model(earlier.path("model"), old), model(now.path("model"), own)));
        case "prompts" -> differences.addAll(prompts(old, own));
        default ->
            differences.add(changed(OPTIONS.getOrDefault(field, field), text(old), text(own)));
      }
    }
    return differences;
  }

  private static String changed(String what, String old, String own) {
    return "%s was %s and is %s".formatted(what, old, own);
  }

  /// A path may hold another model than it did.
  private static String model(JsonNode model, JsonNode sha256) {
    return "%s (sha256 %.12s…)"
        .formatted(model.path("argument").asText("unknown"), sha256.asText());
  }

  private static List<String> prompts(JsonNode old, JsonNode own) {
    Map<String, JsonNode> before = byId(old);
    Map<String, JsonNode> after = byId(own);
    List<String> differences = new ArrayList<>();
    before.forEach(
        (id, prompt) -> {
          JsonNode other = after.get(id);
          if (other == null) {
            differences.add("prompt '%s' (%s) is missing now".formatted(id, text(content(prompt))));
          } else if (!other.equals(prompt)) {
            differences.add(
                changed("prompt '%s'".formatted(id), text(content(prompt)), text(content(other))));
          }
        });
    after.forEach(
        (id, prompt) -> {
          if (!before.containsKey(id)) {
            differences.add("prompt '%s' (%s) is new".formatted(id, text(content(prompt))));
          }
        });
    if (differences.isEmpty()) {
      differences.add(
          changed(
              "the order of the prompts", before.keySet().toString(), after.keySet().toString()));
    }
    return differences;
  }

  private static Map<String, JsonNode> byId(JsonNode prompts) {
    Map<String, JsonNode> byId = new LinkedHashMap<>();
    prompts.forEach(prompt -> byId.put(prompt.path("id").asText(), prompt));
    return byId;
  }

  private static JsonNode content(JsonNode prompt) {
    return prompt.has("text") ? prompt.path("text") : prompt.path("prompt_ids");
  }

  private static String text(JsonNode value) {
    if (value instanceof MissingNode) {
      return "not recorded";
    }
    StringBuilder list = new StringBuilder();
    if (value.isArray()) {
      value.forEach(each -> list.append(list.isEmpty() ? "" : ",").append(each.asText()));
    }
    String text =
        value.isArray() ? list.toString() : value.isTextual() ? value.toString() : value.asText();
    return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "…";
  }
}
