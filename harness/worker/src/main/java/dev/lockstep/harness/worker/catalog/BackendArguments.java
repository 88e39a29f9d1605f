package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.IntegerOption;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what follows `-b`: `id[@jar][:option=value…]`, separated by commas. A whole-number option
/// takes a range, `threads=1..4`, which stands for a variant of each value.
public final class BackendArguments {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})\\.\\.(\\d{1,9})");
  private static final int MAX_VARIANTS = 256;

  private BackendArguments() {}

  /// The variants that the arguments name, in their order. One that is named twice competes with
  /// itself: the second is its copy number 2.
  ///
  /// @throws UserError naming the backend, the option and the value that is wrong, and what there
  ///     is
  public static List<BackendVariant> parse(BackendCatalog catalog, List<String> arguments) {
    List<BackendVariant> variants = new ArrayList<>();
    for (String argument : arguments) {
      for (String one : argument.split(",", -1)) {
        for (BackendVariant variant : parseOne(catalog, one.strip())) {
          int earlier = 0;
          for (BackendVariant other : variants) {
            earlier += other.isSameAs(variant) ? 1 : 0;
          }
          variants.add(
              new BackendVariant(variant.backend(), variant.given(), variant.jar(), earlier + 1));
        }
      }
    }
    return List.copyOf(variants);
  }

  private static List<BackendVariant> parseOne(BackendCatalog catalog, String text) {
    String[] parts = text.split(":", -1);
    if (parts[0].isEmpty()) {
      throw UserError.usage("-b '%s' names no backend".formatted(text));
    }
    int at = parts[0].indexOf('@');
    String jar = at < 0 ? "" : parts[0].substring(at + 1);
    Backend backend =
        at < 0 ? catalog.get(parts[0]) : catalog.build(parts[0].substring(0, at), jar);
    List<Map<String, String>> combinations = new ArrayList<>();
    combinations.add(new LinkedHashMap<>());
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 1) {
        throw UserError.usage(
            "-b '%s': '%s' is not of the form option=value".formatted(text, parts[i]));
      }
      String name = parts[i].substring(0, equals);
      BackendOption option = option(backend, name);
      List<String> values = values(backend, option, parts[i].substring(equals + 1));
      combinations = multiply(combinations, name, values, text);
    }
    return combinations.stream().map(given -> new BackendVariant(backend, given, jar, 1)).toList();
  }

  private static BackendOption option(Backend backend, String name) {
    List<String> names = backend.options().stream().map(BackendOption::name).toList();
    for (BackendOption option : backend.options()) {
      if (option.name().equals(name)) {
        return option;
      }
    }
    throw UserError.usage(
        "backend '%s' has no option '%s'%s; %s"
            .formatted(
                backend.id(),
                name,
                Nearest.hint(name, names),
                names.isEmpty() ? "it has none" : "it has " + String.join(", ", names)));
  }

  private static List<String> values(Backend backend, BackendOption option, String text) {
    Matcher range = RANGE.matcher(text);
    List<String> values = new ArrayList<>();
    if (option instanceof IntegerOption && range.matches()) {
      int first = Integer.parseInt(range.group(1));
      int last = Integer.parseInt(range.group(2));
      if (first > last || last - first >= MAX_VARIANTS) {
        throw UserError.usage(
            String.format(
                Locale.ROOT,
                "backend '%s', option '%s': the range %s is empty or longer than %d",
                backend.id(),
                option.name(),
                text,
                MAX_VARIANTS));
      }
      for (int value = first; value <= last; value++) {
        values.add(Integer.toString(value));
      }
    } else {
      values.add(text);
    }
    for (String value : values) {
      option
          .problem(value)
          .ifPresent(
              problem -> {
                throw UserError.usage(
                    "backend '%s', option '%s': %s%s"
                        .formatted(
                            backend.id(), option.name(), problem, suggestion(option, value)));
              });
    }
    return values;
  }

  private static String suggestion(BackendOption option, String value) {
    return option instanceof IntegerOption
        ? ""
        : Nearest.hint(value, List.of(option.range().split("\\|")));
  }

  private static List<Map<String, String>> multiply(
      List<Map<String, String>> combinations, String name, List<String> values, String text) {
    List<Map<String, String>> product = new ArrayList<>();
    for (Map<String, String> combination : combinations) {
      if (combination.containsKey(name)) {
        throw UserError.usage("-b '%s' sets option '%s' twice".formatted(text, name));
      }
      for (String value : values) {
        Map<String, String> extended = new LinkedHashMap<>(combination);
        extended.put(name, value);
        product.add(extended);
      }
    }
    if (product.size() > MAX_VARIANTS) {
      throw UserError.usage(
          String.format(
              Locale.ROOT, "-b '%s' stands for more than %d variants", text, MAX_VARIANTS));
    }
    return product;
  }
}
