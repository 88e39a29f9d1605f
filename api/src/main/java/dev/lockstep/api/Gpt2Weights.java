package dev.lockstep.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The weights of a GPT-2 model under Hugging Face's names, complete and of the right shapes.
/// Immutable.
///
/// Hugging Face's Conv1D stores its matrices `[in, out]`: `y[o] = b[o] + Σ_i x[i] · W[i, o]`. The
/// embeddings `wte [V, C]` and `wpe [nPositions, C]` and an untied `lm_head [V, C]` hold a row per
/// id.
public final class Gpt2Weights {

  /// One transformer block. `C` is `nEmbd`.
  ///
  /// @param ln1Weight `[C]`
  /// @param ln1Bias `[C]`
  /// @param attnWeight `c_attn`, `[C, 3C]`: queries, keys, values
  /// @param attnBias `[3C]`
  /// @param attnProjWeight `attn.c_proj`, `[C, C]`
  /// @param attnProjBias `[C]`
  /// @param ln2Weight `[C]`
  /// @param ln2Bias `[C]`
  /// @param fcWeight `mlp.c_fc`, `[C, 4C]`
  /// @param fcBias `[4C]`
  /// @param mlpProjWeight `mlp.c_proj`, `[4C, C]`
  /// @param mlpProjBias `[C]`
  public record Block(
      Tensor ln1Weight,
      Tensor ln1Bias,
      Tensor attnWeight,
      Tensor attnBias,
      Tensor attnProjWeight,
      Tensor attnProjBias,
      Tensor ln2Weight,
      Tensor ln2Bias,
      Tensor fcWeight,
      Tensor fcBias,
      Tensor mlpProjWeight,
      Tensor mlpProjBias) {}

  private final Gpt2Config config;
  private final Map<String, Tensor> tensors;
  private final List<Block> blocks;

  /// @param tensors every tensor of the model by name; others are refused, so that a mistake in a
  ///     name is not silently a missing weight. `lm_head.weight` is optional: without it the head
  ///     is tied.
  /// @throws IllegalArgumentException if a tensor is missing, unknown or of the wrong shape; the
  ///     message names it
  public Gpt2Weights(Gpt2Config config, Map<String, Tensor> tensors) {
    this.config = config;
    this.tensors = Map.copyOf(tensors);
    Map<String, List<Integer>> expected = shapes(config);
    expected.forEach(
        (name, shape) -> {
          Tensor tensor = tensors.get(name);
          if (tensor == null) {
            if (name.equals("lm_head.weight")) {
              return;
            }
            throw new IllegalArgumentException("tensor '%s' is missing".formatted(name));
          }
          if (!tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(
                "tensor '%s' has shape %s where the config implies %s"
                    .formatted(name, tensor.shape(), shape));
          }
        });
    for (String name : tensors.keySet()) {
      if (!expected.containsKey(name)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "tensor '%s' is not part of a GPT-2 model with %d layers",
                name,
                config.nLayer()));
      }
    }
    blocks = new ArrayList<>();
    for (int layer = 0; layer < config.nLayer(); layer++) {
      blocks.add(blockOf(layer));
    }
  }

  private Block blockOf(int layer) {
    String h = "h." + layer + ".";
    return new Block(
        tensor(h + "ln_1.weight"),
        tensor(h + "ln_1.bias"),
        tensor(h + "attn.c_attn.weight"),
        tensor(h + "attn.c_attn.bias"),
        tensor(h + "attn.c_proj.weight"),
        tensor(h + "attn.c_proj.bias"),
        tensor(h + "ln_2.weight"),
        tensor(h + "ln_2.bias"),
        tensor(h + "mlp.c_fc.weight"),
        tensor(h + "mlp.c_fc.bias"),
        tensor(h + "mlp.c_proj.weight"),
        tensor(h + "mlp.c_proj.bias"));
  }

  /// The name and shape of every tensor of a model, in the order of the computation,
  /// `lm_head.weight` last.
  public static Map<String, List<Integer>> shapes(Gpt2Config config) {
    int c = config.nEmbd();
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    shapes.put("wte.weight", List.of(config.vocabSize(), c));
    shapes.put("wpe.weight", List.of(config.nPositions(), c));
    for (int layer = 0; layer < config.nLayer(); layer++) {
      String h = "h." + layer + ".";
      shapes.put(h + "ln_1.weight", List.of(c));
      shapes.put(h + "ln_1.bias", List.of(c));
      shapes.put(h + "attn.c_attn.weight", List.of(c, 3 * c));
      shapes.put(h + "attn.c_attn.bias", List.of(3 * c));
      shapes.put(h + "attn.c_proj.weight", List.of(c, c));
      shapes.put(h + "attn.c_proj.bias", List.of(c));
      shapes.put(h + "ln_2.weight", List.of(c));
      shapes.put(h + "ln_2.bias", List.of(c));
      shapes.put(h + "mlp.c_fc.weight", List.of(c, 4 * c));
      shapes.put(h + "mlp.c_fc.bias", List.of(4 * c));
      shapes.put(h + "mlp.c_proj.weight", List.of(4 * c, c));
      shapes.put(h + "mlp.c_proj.bias", List.of(c));
    }
    shapes.put("ln_f.weight", List.of(c));
    shapes.put("ln_f.bias", List.of(c));
    shapes.put("lm_head.weight", List.of(config.vocabSize(), c));
    return shapes;
  }

  public Gpt2Config config() {
    return config;
  }

  /// Token embedding, `[V, C]`.
  public Tensor wte() {
    return tensor("wte.weight");
  }

  /// Position embedding, `[nPositions, C]`.
  public Tensor wpe() {
    return tensor("wpe.weight");
  }

  /// Block `layer`, from 0.
  public Block block(int layer) {
    return blocks.get(layer);
  }

  /// Final LayerNorm's gain, `[C]`.
  public Tensor lnFWeight() {
    return tensor("ln_f.weight");
  }

  /// Final LayerNorm's bias, `[C]`.
  public Tensor lnFBias() {
    return tensor("ln_f.bias");
  }

  /// The output embedding, `[V, C]`: `lm_head.weight` if the model has its own, else `wte`.
  public Tensor lmHead() {
    return isTied() ? wte() : tensor("lm_head.weight");
  }

  /// Whether the output embedding is the token embedding.
  public boolean isTied() {
    return !tensors.containsKey("lm_head.weight");
  }

  /// A tensor by Hugging Face's name, for example `h.0.attn.c_attn.weight`.
  ///
  /// @throws IllegalArgumentException if there is none of this name
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor '%s' is missing".formatted(name));
    }
    return tensor;
  }
}
