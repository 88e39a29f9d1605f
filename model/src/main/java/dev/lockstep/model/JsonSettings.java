package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.model.format.FormatException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Fields of a tokenizer's files.
final class JsonSettings {
  private JsonSettings() {}

  /// A flag that is false where it is missing or null.
  ///
  /// @throws FormatException if it is something else than true or false
  static boolean flag(Path file, String name, JsonNode value) {
    return Boolean.TRUE.equals(optionalFlag(file, name, value));
  }

  /// A flag, or null where it is missing or null.
  static @Nullable Boolean optionalFlag(Path file, String name, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw new FormatException(file, "%s is %s: it must be true or false".formatted(name, value));
    }
    return value.booleanValue();
  }

  /// Refuses a setting that is not supported, unless it says the same as if it were missing.
  static void requireNoEffect(Path file, String name, JsonNode value) {
    if (!hasNoEffect(value)) {
      throw new FormatException(
          file,
          "%s is %s, which is not supported; give prompts as token ids".formatted(name, value));
    }
  }

  /// Whether a value is missing, null, false, zero or empty.
  static boolean hasNoEffect(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isNumber() && value.doubleValue() == 0)
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }
}
