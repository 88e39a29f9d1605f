package dev.lockstep.api;

import java.util.List;
import java.util.Optional;

/// A typed option of a backend, set by the user as `-b id:name=value`.
public sealed interface BackendOption {

  /// The option's name: lower-case letters, digits and underscores.
  String name();

  /// The value when the user says nothing, in the form in which the user would write it.
  String defaultText();

  /// What may be written, for help and for error messages: `1..16`, `on|off`.
  String range();

  /// One line of help.
  String help();

  /// Why `text` is not a legal value, or empty if it is.
  Optional<String> problem(String text);

  /// A whole number within limits, both inclusive.
  record IntegerOption(String name, int defaultValue, int minimum, int maximum, String help)
      implements BackendOption {
    @Override
    public String defaultText() {
      return Integer.toString(defaultValue);
    }

    @Override
    public String range() {
      return minimum + ".." + maximum;
    }

    @Override
    public Optional<String> problem(String text) {
      try {
        int value = Integer.parseInt(text);
        return value >= minimum && value <= maximum
            ? Optional.empty()
            : Optional.of(text + " is outside " + range());
      } catch (NumberFormatException e) {
        return Optional.of("'" + text + "' is not a whole number in " + range());
      }
    }
  }

  /// One word out of a list.
  record ChoiceOption(String name, String defaultText, List<String> choices, String help)
      implements BackendOption {
    public ChoiceOption {
      choices = List.copyOf(choices);
    }

    @Override
    public String range() {
      return String.join("|", choices);
    }

    @Override
    public Optional<String> problem(String text) {
      return choices.contains(text)
          ? Optional.empty()
          : Optional.of("'" + text + "' is not one of " + range());
    }
  }

  /// Something that is on or off.
  record SwitchOption(String name, boolean defaultValue, String help) implements BackendOption {
    @Override
    public String defaultText() {
      return defaultValue ? "on" : "off";
    }

    @Override
    public String range() {
      return "on|off";
    }

    @Override
    public Optional<String> problem(String text) {
      return text.equals("on") || text.equals("off")
          ? Optional.empty()
          : Optional.of("'" + text + "' is not one of " + range());
    }
  }

  /// Free text, such as a part of a device's name.
  record TextOption(String name, String defaultText, String help) implements BackendOption {
    @Override
    public String range() {
      return "text";
    }

    @Override
    public Optional<String> problem(String text) {
      return Optional.empty();
    }
  }
}
