package dev.lockstep.harness.measurement.operations;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;

/// What an operation must read and compute in a call that appends `T` tokens to `P` others and is
/// asked for the logits of the last. In fp32, whatever the backend does; `C` is `nEmbd`, `V`
/// `vocabSize`.
///
/// | operation | bytes | FLOPs |
/// |---|---|---|
/// | `wte+wpe` | `8·C·T` | `C·T` |
/// | a LayerNorm | `8·C` | `8·C·T` (`ln_f` of one row) |
/// | a linear layer of `K` inputs and `N` outputs | `4·(K·N + N)` | `2·K·N·T` |
/// | `attn.c_proj.in` | `8·C·P`, the cache | `4·C·Σ(p + 1)` over the new positions |
/// | `mlp.act` | 0 | `10·4·C·T` |
/// | a residual sum | 0 | `C·T` |
/// | `lm_head` | `4·V·C` | `2·V·C` |
///
/// Weights and the cache are read once, and rows of activations lie in a cache of the processor.
///
/// @param bytes what must be read
/// @param flops additions and multiplications
public record OperationCost(double bytes, double flops) {

  /// @param name as [Activations] lists them
  static OperationCost of(Gpt2Config config, String name, int before, int tokens) {
    double c = config.nEmbd();
    double t = tokens;
    if (name.equals(Activations.EMBEDDING)) {
      return new OperationCost(8 * c * t, c * t);
    }
    if (name.equals(Activations.LN_F)) {
      return new OperationCost(8 * c, 8 * c);
    }
    if (name.equals(Activations.LM_HEAD)) {
      double v = config.vocabSize();
      return new OperationCost(4 * v * c, 2 * v * c);
    }
    return switch (suffix(name)) {
      case "ln_1", "ln_2" -> new OperationCost(8 * c, 8 * c * t);
      case "attn.c_attn" -> linear(c, 3 * c, t);
      case "attn.c_proj.in" ->
          new OperationCost(8 * c * before, 4 * c * (t * before + t * (t + 1) / 2));
      case "attn.c_proj" -> linear(c, c, t);
      case "mlp.c_fc" -> linear(c, 4 * c, t);
      case "mlp.act" -> new OperationCost(0, 10 * 4 * c * t);
      case "mlp.c_proj" -> linear(4 * c, c, t);
      default -> new OperationCost(0, c * t);
    };
  }

  private static OperationCost linear(double inputs, double outputs, double tokens) {
    return new OperationCost(
        Float.BYTES * (inputs * outputs + outputs), 2 * inputs * outputs * tokens);
  }

  OperationCost plus(OperationCost other) {
    return new OperationCost(bytes + other.bytes, flops + other.flops);
  }

  /// What an operation of a block is called in all of them: `mlp.c_fc`; empty for the block's
  /// output.
  private static String suffix(String name) {
    String[] parts = name.split("\\.", 3);
    return parts.length < 3 ? "" : parts[2];
  }

  /// The operation in all blocks: `h.*.mlp.c_fc` for `h.3.mlp.c_fc`.
  static String inAllBlocks(String name) {
    if (!name.startsWith("h.")) {
      return name;
    }
    String suffix = suffix(name);
    return suffix.isEmpty() ? "h.*" : "h.*." + suffix;
  }
}
