package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;

/// The matrix products of GPT-2, `[rows, K] · [K, N]`.
public enum Product {
  /// `[C, 3C]`: queries, keys, values.
  C_ATTN("c_attn", "attn.c_attn", "n_embd", "3 * n_embd"),
  /// `[C, C]`: what attention says, back into the residual stream.
  C_PROJ("c_proj", "attn.c_proj", "n_embd", "n_embd"),
  /// `[C, 4C]`: the hidden layer.
  C_FC("c_fc", "mlp.c_fc", "n_embd", "4 * n_embd"),
  /// `[4C, C]`: what the hidden layer says, back into the residual stream.
  MLP_C_PROJ("mlp_c_proj", "mlp.c_proj", "4 * n_embd", "n_embd"),
  /// `[C, V]`: the logits. No bias.
  LM_HEAD("lm_head", "lm_head", "n_embd", "vocab_size");

  private final String kernel;
  private final String module;
  private final String inputsText;
  private final String outputsText;

  Product(String kernel, String module, String inputsText, String outputsText) {
    this.kernel = kernel;
    this.module = module;
    this.inputsText = inputsText;
    this.outputsText = outputsText;
  }

  /// The stem of its kernels' names.
  public String kernel() {
    return kernel;
  }

  /// Hugging Face's name inside a block.
  public String module() {
    return module;
  }

  /// K.
  public int inputs(Gpt2Config config) {
    return this == MLP_C_PROJ ? 4 * config.nEmbd() : config.nEmbd();
  }

  /// N.
  public int outputs(Gpt2Config config) {
    return switch (this) {
      case C_ATTN -> 3 * config.nEmbd();
      case C_FC -> 4 * config.nEmbd();
      case LM_HEAD -> config.vocabSize();
      case C_PROJ, MLP_C_PROJ -> config.nEmbd();
    };
  }

  /// K as an expression of the sizes that an unspecialised kernel is handed.
  String inputsText() {
    return inputsText;
  }

  /// N likewise.
  String outputsText() {
    return outputsText;
  }
}
