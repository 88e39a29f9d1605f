package dev.lockstep.harness.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lockstep.model.format.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The fields of an object of a description. What is not asked for is not known.
final class Fields {
  private final JsonNode node;
  private final String owner;
  private final Set<String> asked = new LinkedHashSet<>();

  private Fields(JsonNode node, String owner) {
    this.node = node;
    this.owner = owner;
  }

  /// Something is missing, wrong or unknown.
  static final class Problem extends Exception {
    Problem(String message) {
      super(message);
    }
  }

  /// @param owner whose fields they are, for messages
  static Fields of(JsonNode node, String owner) throws Problem {
    if (!node.isObject()) {
      throw new Problem("%s is not a JSON object".formatted(owner));
    }
    return new Fields(node, owner);
  }

  Problem problem(String text) {
    return new Problem("%s: %s".formatted(owner, text));
  }

  private JsonNode get(String name) {
    asked.add(name);
    return node.path(name);
  }

  private Problem wrong(String name, JsonNode value, String wanted) {
    return problem(
        value.isMissingNode()
            ? "'%s' is missing: it must be %s".formatted(name, wanted)
            : "'%s' is %s: it must be %s".formatted(name, value, wanted));
  }

  String text(String name) throws Problem {
    return text(name, get(name));
  }

  private String text(String name, JsonNode value) throws Problem {
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw wrong(name, value, "a text");
    }
    return value.textValue();
  }

  String text(String name, String byDefault) throws Problem {
    return get(name).isMissingNode() ? byDefault : text(name);
  }

  String oneOf(String name, List<String> words) throws Problem {
    JsonNode value = get(name);
    if (!value.isTextual() || !words.contains(value.textValue())) {
      String wanted = "one of " + String.join(", ", words);
      throw wrong(name, value, words.size() == 1 ? "\"" + words.getFirst() + "\"" : wanted);
    }
    return value.textValue();
  }

  String oneOf(String name, List<String> words, String byDefault) throws Problem {
    return get(name).isMissingNode() ? byDefault : oneOf(name, words);
  }

  boolean has(String name) {
    return !get(name).isMissingNode();
  }

  int wholeNumber(String name, int byDefault) throws Problem {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return byDefault;
    }
    if (!value.isInt()) {
      throw wrong(name, value, "a whole number");
    }
    return value.intValue();
  }

  boolean flag(String name, boolean byDefault) throws Problem {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return byDefault;
    }
    if (!value.isBoolean()) {
      throw wrong(name, value, "true or false");
    }
    return value.booleanValue();
  }

  List<String> texts(String name) throws Problem {
    JsonNode value = get(name);
    List<String> texts = new ArrayList<>();
    for (JsonNode each : value) {
      if (!each.isTextual()) {
        throw wrong(name, value, "a list of texts");
      }
      texts.add(each.textValue());
    }
    if (!value.isArray()) {
      throw wrong(name, value, "a list of texts");
    }
    return texts;
  }

  /// Empty where it is missing.
  Map<String, String> textsByName(String name) throws Problem {
    Map<String, String> texts = new LinkedHashMap<>();
    JsonNode value = get(name);
    if (!value.isMissingNode() && !value.isObject()) {
      throw wrong(name, value, "an object whose values are texts");
    }
    for (Map.Entry<String, JsonNode> each : value.properties()) {
      if (!each.getValue().isTextual()) {
        throw wrong(name, value, "an object whose values are texts");
      }
      texts.put(each.getKey(), each.getValue().textValue());
    }
    return texts;
  }

  List<JsonNode> objects(String name) throws Problem {
    JsonNode value = get(name);
    if (!value.isArray()) {
      throw wrong(name, value, "a list of objects");
    }
    return value.valueStream().toList();
  }

  /// One without fields where it is missing.
  Fields object(String name) throws Problem {
    JsonNode value = get(name);
    return of(
        value.isMissingNode() ? JsonNodeFactory.instance.objectNode() : value,
        "%s, '%s'".formatted(owner, name));
  }

  /// @throws Problem naming the first field that nobody asked for
  void requireNoOthers() throws Problem {
    for (Map.Entry<String, JsonNode> each : node.properties()) {
      if (!asked.contains(each.getKey())) {
        throw problem(
            "'%s' is not a field%s; there are %s"
                .formatted(
                    each.getKey(), Nearest.hint(each.getKey(), asked), String.join(", ", asked)));
      }
    }
  }
}
