package dev.lockstep.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The values of a backend's options: what the user gave, checked, and the defaults for the rest.
public final class OptionValues {
  private final Map<String, String> values;
  private final Map<String, String> given;

  private OptionValues(Map<String, String> values, Map<String, String> given) {
    this.values = values;
    this.given = given;
  }

  /// Checks `given` against the declared options and fills in the defaults.
  ///
  /// @throws IllegalArgumentException if a name is unknown or a value out of range; the message
  ///     names the option, the value and what would be legal
  public static OptionValues of(List<BackendOption> declared, Map<String, String> given) {
    Map<String, BackendOption> byName = new LinkedHashMap<>();
    declared.forEach(option -> byName.put(option.name(), option));
    given.forEach(
        (name, text) -> {
          BackendOption option = byName.get(name);
          if (option == null) {
            throw new IllegalArgumentException(
                declared.isEmpty()
                    ? "unknown option '" + name + "': this backend has no options"
                    : "unknown option '" + name + "'; options are " + describe(declared));
          }
          option
              .problem(text)
              .ifPresent(
                  problem -> {
                    throw new IllegalArgumentException("option '" + name + "': " + problem);
                  });
        });
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, String> explicit = new LinkedHashMap<>();
    for (BackendOption option : declared) {
      String text = given.get(option.name());
      values.put(option.name(), text == null ? option.defaultText() : text);
      if (text != null) {
        explicit.put(option.name(), text);
      }
    }
    return new OptionValues(values, explicit);
  }

  /// The defaults alone.
  public static OptionValues defaults(List<BackendOption> declared) {
    return of(declared, Map.of());
  }

  private static String describe(List<BackendOption> declared) {
    return declared.stream()
        .map(option -> option.name() + "=" + option.range())
        .collect(Collectors.joining(", "));
  }

  /// The value of an option as text.
  ///
  /// @throws IllegalArgumentException if no option of this name was declared
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("option '" + name + "' was not declared");
    }
    return value;
  }

  /// The value of an [BackendOption.IntegerOption].
  public int integer(String name) {
    return Integer.parseInt(text(name));
  }

  /// The value of a [BackendOption.SwitchOption].
  public boolean isOn(String name) {
    return text(name).equals("on");
  }

  /// Every option with its value, in declaration order.
  public Map<String, String> all() {
    return Collections.unmodifiableMap(values);
  }

  /// What the user set, without the defaults, as `name=value:name=value` in declaration order;
  /// empty if nothing was set.
  public String label() {
    return given.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(":"));
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
