package dev.lockstep.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.OptionValues;
import java.util.LinkedHashMap;
import java.util.Map;

/// A backend with its options set: one competitor of a run.
///
/// @param given what the user set, in declaration order; the defaults are not in it
public record BackendVariant(Backend backend, Map<String, String> given) {
  public BackendVariant {
    Map<String, String> ordered = new LinkedHashMap<>();
    for (var option : backend.options()) {
      String text = given.get(option.name());
      if (text != null) {
        ordered.put(option.name(), text);
      }
    }
    given = java.util.Collections.unmodifiableMap(ordered);
  }

  public String id() {
    return backend.id();
  }

  /// The options with the defaults filled in.
  public OptionValues values() {
    return OptionValues.of(backend.options(), given);
  }

  /// What the user set, as `name=value:name=value`.
  public String options() {
    return values().label();
  }

  /// As the user would write it after `-b`: `simd:threads=1`.
  public String label() {
    return given.isEmpty() ? id() : id() + ":" + options();
  }
}
