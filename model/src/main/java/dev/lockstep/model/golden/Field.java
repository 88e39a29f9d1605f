package dev.lockstep.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.model.ModelException;
import java.util.ArrayList;
import java.util.List;

/// A value in a JSON document together with its path, so that every complaint says where.
///
/// @param path `FILE` for the document, `FILE: cases[3].prompt_ids` for a value in it
record Field(String path, JsonNode value) {

  Field child(String name) {
    return new Field(path + (path.contains(": ") ? "." : ": ") + name, value.path(name));
  }

  boolean isPresent() {
    return !value.isMissingNode();
  }

  ModelException problem(String what) {
    return new ModelException(path + " " + what);
  }

  String text() {
    if (!value.isTextual()) {
      throw problem(isPresent() ? "is not a string" : "is missing");
    }
    return value.textValue();
  }

  List<Field> elements() {
    if (!value.isArray()) {
      throw problem(isPresent() ? "is not an array" : "is missing");
    }
    List<Field> elements = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      elements.add(new Field(path + "[" + i + "]", value.get(i)));
    }
    return elements;
  }

  int[] tokenIds() {
    return elements().stream().mapToInt(Field::tokenId).toArray();
  }

  private int tokenId() {
    if (!value.isInt() || value.intValue() < 0) {
      throw problem("is not a token id");
    }
    return value.intValue();
  }

  double[] numbers() {
    return elements().stream().mapToDouble(Field::number).toArray();
  }

  private double number() {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw problem("is not a finite number");
    }
    return value.doubleValue();
  }
}
