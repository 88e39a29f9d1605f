package dev.lockstep.api;

import java.util.ArrayList;
import java.util.List;

/// The activations of a GPT-2 forward pass under Hugging Face's module names, in the order in which
/// they are computed. `C` is `nEmbd`, `V` is `vocabSize`; every row belongs to one position.
///
/// | name | length | what it is |
/// |---|---|---|
/// | `wte+wpe` | C | token plus position embedding |
/// | `h.i.ln_1` | C | LayerNorm of the residual stream |
/// | `h.i.attn.c_attn` | 3C | query, key and value, bias added |
/// | `h.i.attn.c_proj.in` | C | the heads' outputs, side by side |
/// | `h.i.attn.c_proj` | C | the attention block's output, bias added |
/// | `h.i.ln_2.in` | C | the residual stream after attention |
/// | `h.i.ln_2` | C | its LayerNorm |
/// | `h.i.mlp.c_fc` | 4C | the hidden layer, bias added |
/// | `h.i.mlp.act` | 4C | its GELU |
/// | `h.i.mlp.c_proj` | C | the MLP's output, bias added |
/// | `h.i` | C | the residual stream after the block |
/// | `ln_f` | C | the final LayerNorm |
/// | `lm_head` | V | the logits |
public final class Activations {
  public static final String EMBEDDING = "wte+wpe";
  public static final String LN_F = "ln_f";
  public static final String LM_HEAD = "lm_head";

  private Activations() {}

  /// The name of an activation inside a block: `block(3, "mlp.act")` is `h.3.mlp.act`; an empty
  /// suffix names the block's output, `h.3`.
  public static String block(int layer, String suffix) {
    return suffix.isEmpty() ? "h." + layer : "h." + layer + "." + suffix;
  }

  /// The names inside one block without their `h.i.` prefix, in order; the last, empty one is the
  /// block's output.
  public static final List<String> BLOCK_SUFFIXES =
      List.of(
          "ln_1",
          "attn.c_attn",
          "attn.c_proj.in",
          "attn.c_proj",
          "ln_2.in",
          "ln_2",
          "mlp.c_fc",
          "mlp.act",
          "mlp.c_proj",
          "");

  /// Every activation of a model, in the order of the computation.
  public static List<String> all(Gpt2Config config) {
    List<String> names = new ArrayList<>();
    names.add(EMBEDDING);
    for (int layer = 0; layer < config.nLayer(); layer++) {
      for (String suffix : BLOCK_SUFFIXES) {
        names.add(block(layer, suffix));
      }
    }
    names.add(LN_F);
    names.add(LM_HEAD);
    return List.copyOf(names);
  }

  /// The length of one row of an activation.
  ///
  /// @throws IllegalArgumentException if there is no activation of this name in such a model
  public static int length(Gpt2Config config, String name) {
    if (!all(config).contains(name)) {
      throw new IllegalArgumentException("no activation is named '" + name + "'");
    }
    if (name.equals(LM_HEAD)) {
      return config.vocabSize();
    }
    if (name.endsWith(".attn.c_attn")) {
      return 3 * config.nEmbd();
    }
    return name.endsWith(".mlp.c_fc") || name.endsWith(".mlp.act")
        ? 4 * config.nEmbd()
        : config.nEmbd();
  }
}
