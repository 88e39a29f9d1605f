package dev.lockstep.model.synthetic;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.format.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// What a `synthetic:` argument names: a shape and a seed.
///
/// ```
/// synthetic:gpt2 | synthetic:gpt2-medium | synthetic:gpt2-large | synthetic:gpt2-xl   [:seed=S]
/// synthetic:n_layer=…:n_head=…:n_embd=…:n_positions=…:vocab_size=…[:seed=S]
/// ```
///
/// A named shape may be varied: `synthetic:gpt2:n_layer=2`. Without a name every size must be
/// given.
public record SyntheticShape(Gpt2Config config, long seed) {
  public static final String SCHEME = "synthetic:";

  private static final List<String> FIELDS =
      List.of("n_layer", "n_head", "n_embd", "n_positions", "vocab_size");

  private static final List<String> ALL_FIELDS =
      Stream.concat(FIELDS.stream(), Stream.of("seed")).toList();

  /// Sizes of the four published models, in the order of [#FIELDS].
  private static final Map<String, List<Integer>> NAMED =
      Map.of(
          "gpt2", List.of(12, 12, 768, 1024, 50_257),
          "gpt2-medium", List.of(24, 16, 1024, 1024, 50_257),
          "gpt2-large", List.of(36, 20, 1280, 1024, 50_257),
          "gpt2-xl", List.of(48, 25, 1600, 1024, 50_257));

  /// The names of the published shapes, smallest first.
  public static final List<String> NAMES = List.of("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl");

  /// Above this a checkpoint could not be mapped and used on any machine that runs this.
  private static final long MAX_PARAMETERS = 1L << 34;

  /// @throws IllegalArgumentException if the argument is not of the grammar above; the message says
  ///     what is
  public static SyntheticShape parse(String argument) {
    String[] parts = argument.substring(SCHEME.length()).split(":", -1);
    Map<String, Long> values = new HashMap<>();
    int first = 0;
    if (NAMED.containsKey(parts[0])) {
      List<Integer> sizes = NAMED.get(parts[0]);
      for (int i = 0; i < sizes.size(); i++) {
        values.put(FIELDS.get(i), (long) sizes.get(i));
      }
      first = 1;
    } else if (!parts[0].contains("=")) {
      throw refuse(
          argument,
          "knows no shape '%s'%s; there are %s, and sizes as in n_layer=2:n_head=2:…"
              .formatted(parts[0], meant(parts[0], SCHEME, NAMES), String.join(", ", NAMES)));
    }
    Collection<String> given = new ArrayList<>();
    for (int i = first; i < parts.length; i++) {
      String name = putField(argument, parts[i], values);
      if (given.contains(name)) {
        throw refuse(argument, "gives %s twice".formatted(name));
      }
      given.add(name);
    }
    return new SyntheticShape(config(argument, values), values.getOrDefault("seed", 0L));
  }

  private static String putField(String argument, String part, Map<String, Long> values) {
    int equals = part.indexOf('=');
    String name = equals < 0 ? part : part.substring(0, equals);
    if (equals < 0 || (!FIELDS.contains(name) && !name.equals("seed"))) {
      throw refuse(
          argument,
          "knows no field '%s'%s; there are %s and seed, as in n_layer=2:seed=1"
              .formatted(name, meant(name, "", ALL_FIELDS), String.join(", ", FIELDS)));
    }
    try {
      values.put(name, Long.parseLong(part.substring(equals + 1)));
    } catch (NumberFormatException e) {
      throw refuse(argument, "has %s: not an integer".formatted(part));
    }
    return name;
  }

  private static String meant(String word, String prefix, List<String> candidates) {
    return Nearest.of(word, candidates)
        .map(near -> " (did you mean '%s%s'?)".formatted(prefix, near))
        .orElse("");
  }

  private static void requireAll(String argument, Map<String, Long> values) {
    List<String> missing = FIELDS.stream().filter(field -> !values.containsKey(field)).toList();
    if (!missing.isEmpty()) {
      throw refuse(
          argument,
          "is missing %s; give them all, or vary a published shape: %sgpt2:%s"
              .formatted(String.join(", ", missing), SCHEME, argument.substring(SCHEME.length())));
    }
  }

  private static Gpt2Config config(String argument, Map<String, Long> values) {
    requireAll(argument, values);
    int[] sizes = new int[FIELDS.size()];
    for (int i = 0; i < sizes.length; i++) {
      String field = FIELDS.get(i);
      long value = values.getOrDefault(field, 0L);
      if (value < 1 || value > 1 << 24) {
        throw refuse(
            argument,
            String.format(
                Locale.ROOT, "has %s=%d: it must be from 1 to %d", field, value, 1 << 24));
      }
      sizes[i] = Math.toIntExact(value);
    }
    double parameters =
        12.0 * sizes[0] * sizes[2] * sizes[2] + (sizes[3] + (double) sizes[4]) * sizes[2];
    if (parameters > MAX_PARAMETERS) {
      throw refuse(
          argument,
          String.format(
              Locale.ROOT,
              "would have %.0f parameters; the limit is %d",
              parameters,
              MAX_PARAMETERS));
    }
    try {
      return new Gpt2Config(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], 1e-5);
    } catch (IllegalArgumentException e) {
      throw refuse(argument, String.valueOf(e.getMessage()));
    }
  }

  private static IllegalArgumentException refuse(String argument, String problem) {
    return new IllegalArgumentException("model '%s' %s".formatted(argument, problem));
  }

  /// The published name of this shape, or its fields; with the seed unless it is 0.
  public String canonicalArgument() {
    List<Integer> sizes =
        List.of(
            config.nLayer(),
            config.nHead(),
            config.nEmbd(),
            config.nPositions(),
            config.vocabSize());
    StringBuilder canonical = new StringBuilder(SCHEME);
    canonical.append(
        NAMES.stream()
            .filter(name -> sizes.equals(NAMED.get(name)))
            .findFirst()
            .orElse(fields(sizes)));
    return seed == 0 ? canonical.toString() : canonical.append(":seed=").append(seed).toString();
  }

  private static String fields(List<Integer> sizes) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      fields.add(FIELDS.get(i) + "=" + sizes.get(i));
    }
    return String.join(":", fields);
  }
}
