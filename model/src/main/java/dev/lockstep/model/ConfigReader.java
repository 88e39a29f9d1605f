package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `config.json` and refuses whatever would make the model something else than GPT-2.
///
/// Hugging Face's files carry many fields that do not change the result of inference (dropouts,
/// ids, versions); those are ignored. `reorder_and_upcast_attn` is among them: it changes the order
/// of a division in half precision and nothing in fp32.
public final class ConfigReader {
  static final long MAX_BYTES = 1 << 20;

  /// Bounds that no GPT-2 comes near, so that no later product of sizes overflows.
  static final int MAX_LAYERS = 10_000;

  static final int MAX_WIDTH = 1 << 20;
  static final int MAX_POSITIONS = 1 << 24;
  static final int MAX_VOCABULARY = 1 << 24;

  /// Hugging Face's names for `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`. They differ in how it
  /// is computed, by rounding alone; `gelu`, `gelu_python`, `gelu_10` and `quick_gelu` are other
  /// formulas.
  private static final List<String> GELU_NEW =
      List.of("gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate");

  /// Hugging Face's other names for the same fields.
  private static final Map<String, String> ALIASES =
      Map.of(
          "n_layer", "num_hidden_layers",
          "n_head", "num_attention_heads",
          "n_embd", "hidden_size",
          "n_positions", "max_position_embeddings");

  /// @param tied `tie_word_embeddings` if the file has it
  public record ModelConfig(Gpt2Config shape, @Nullable Boolean tied) {}

  private final Path file;
  private final JsonNode root;

  private ConfigReader(Path file) {
    this.file = file;
    this.root = StrictJson.readObject(file, MAX_BYTES);
  }

  /// @throws FormatException if a field is missing, of the wrong type or not GPT-2's
  public static ModelConfig read(Path file) {
    return new ConfigReader(file).read();
  }

  private ModelConfig read() {
    requireText("model_type", List.of("gpt2"));
    requireText("activation_function", GELU_NEW);
    requireFlag("scale_attn_weights", true);
    requireFlag("scale_attn_by_inverse_layer_idx", false);
    requireFlag("add_cross_attention", false);
    int layers = size("n_layer", MAX_LAYERS);
    int heads = size("n_head", MAX_WIDTH);
    int width = size("n_embd", MAX_WIDTH);
    int positions = positions();
    int vocabulary = size("vocab_size", MAX_VOCABULARY);
    requireInnerWidth(width);
    try {
      return new ModelConfig(
          new Gpt2Config(layers, heads, width, positions, vocabulary, epsilon()),
          flag("tie_word_embeddings"));
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /// `n_positions`, or `n_ctx` in files that have only that. Beside `n_positions`, which says how
  /// many rows `wpe` has, Hugging Face's software does not look at `n_ctx`, and many files leave it
  /// at its default.
  private int positions() {
    return has("n_ctx") && !has("n_positions") && !has("max_position_embeddings")
        ? sizeOf("n_ctx", root.get("n_ctx"), MAX_POSITIONS)
        : size("n_positions", MAX_POSITIONS);
  }

  private double epsilon() {
    JsonNode node = given("layer_norm_epsilon");
    if (node == null) {
      return 1e-5;
    }
    if (!node.isNumber()) {
      throw refuse("layer_norm_epsilon is %s: it must be a number".formatted(node));
    }
    return node.doubleValue();
  }

  private void requireInnerWidth(int width) {
    if (has("n_inner")) {
      int inner = sizeOf("n_inner", root.get("n_inner"), 4 * MAX_WIDTH);
      if (inner != 4 * width) {
        throw refuse(
            String.format(
                Locale.ROOT, "n_inner is %d: only 4 × n_embd = %d is GPT-2", inner, 4 * width));
      }
    }
  }

  private int size(String field, int limit) {
    String alias = ALIASES.get(field);
    JsonNode node = given(field);
    JsonNode other = alias == null ? null : given(alias);
    if (node == null && other == null) {
      throw refuse(
          "%s is %s: it must be given".formatted(field, root.has(field) ? "null" : "missing"));
    }
    if (node == null) {
      return sizeOf(String.valueOf(alias), other, limit);
    }
    int size = sizeOf(field, node, limit);
    if (other != null && sizeOf(String.valueOf(alias), other, limit) != size) {
      throw refuse("%s %s and %s %s disagree".formatted(field, node, alias, other));
    }
    return size;
  }

  private int sizeOf(String field, @Nullable JsonNode node, int limit) {
    if (node == null
        || !node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < 1
        || node.intValue() > limit) {
      throw refuse(
          String.format(
              Locale.ROOT, "%s is %s: it must be an integer from 1 to %d", field, node, limit));
    }
    return node.intValue();
  }

  private void requireText(String field, List<String> allowed) {
    JsonNode node = given(field);
    if (node != null && !(node.isTextual() && allowed.contains(node.textValue()))) {
      throw refuse(
          "%s is %s: only %s is GPT-2".formatted(field, node, String.join(" or ", allowed)));
    }
  }

  private void requireFlag(String field, boolean only) {
    Boolean value = flag(field);
    if (value != null && value != only) {
      throw refuse("%s is %s: only %s is GPT-2".formatted(field, value, only));
    }
  }

  private @Nullable Boolean flag(String field) {
    JsonNode node = given(field);
    if (node == null) {
      return null;
    }
    if (!node.isBoolean()) {
      throw refuse("%s is %s: it must be true or false".formatted(field, node));
    }
    return node.booleanValue();
  }

  /// A field's value; null if it is left at its default, for which Python's files often say null.
  private @Nullable JsonNode given(String field) {
    JsonNode node = root.get(field);
    return node == null || node.isNull() ? null : node;
  }

  private boolean has(String field) {
    return given(field) != null;
  }

  private FormatException refuse(String problem) {
    return new FormatException(file, problem);
  }
}
