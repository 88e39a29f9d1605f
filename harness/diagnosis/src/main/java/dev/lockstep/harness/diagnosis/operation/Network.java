package dev.lockstep.harness.diagnosis.operation;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/// GPT-2 as a graph of operations: each activation of [Activations] and what it is computed from.
public final class Network {
  private static final double[] NO_BIAS = {};

  private final Gpt2Weights weights;
  private final Map<String, Operation> operations = new LinkedHashMap<>();

  public Network(Gpt2Weights weights) {
    this.weights = weights;
    Gpt2Config config = weights.config();
    operations.put(Activations.EMBEDDING, new EmbeddingOperation(weights.wte(), weights.wpe()));
    String stream = Activations.EMBEDDING;
    for (int layer = 0; layer < config.nLayer(); layer++) {
      stream = addBlock(layer, stream);
    }
    operations.put(Activations.LN_F, layerNorm("ln_f", stream));
    operations.put(
        Activations.LM_HEAD,
        new LinearOperation(Activations.LN_F, Matrix.head(weights.lmHead()), NO_BIAS));
  }

  /// @param stream the residual stream before the block
  /// @return the residual stream after it
  private String addBlock(int layer, String stream) {
    Gpt2Config config = weights.config();
    String h = "h." + layer + ".";
    String middle = h + "ln_2.in";
    String out = Activations.block(layer, "");
    operations.put(h + "ln_1", layerNorm(h + "ln_1", stream));
    operations.put(h + "attn.c_attn", linear(h + "attn.c_attn", h + "ln_1"));
    operations.put(
        h + "attn.c_proj.in",
        new AttentionOperation(
            h + "attn.c_attn",
            config.nHead(),
            config.headSize(),
            AttentionOperation.Form.gpt2(config.headSize())));
    operations.put(h + "attn.c_proj", linear(h + "attn.c_proj", h + "attn.c_proj.in"));
    operations.put(middle, new ResidualOperation(stream, h + "attn.c_proj"));
    operations.put(h + "ln_2", layerNorm(h + "ln_2", middle));
    operations.put(h + "mlp.c_fc", linear(h + "mlp.c_fc", h + "ln_2"));
    operations.put(h + "mlp.act", new GeluOperation(h + "mlp.c_fc"));
    operations.put(h + "mlp.c_proj", linear(h + "mlp.c_proj", h + "mlp.act"));
    operations.put(out, new ResidualOperation(middle, h + "mlp.c_proj"));
    return out;
  }

  /// @param name of the module whose weights are used
  private LayerNormOperation layerNorm(String name, String input) {
    return new LayerNormOperation(
        input,
        vector(name + ".weight"),
        vector(name + ".bias"),
        weights.config().layerNormEpsilon(),
        LayerNormOperation.Form.GPT2);
  }

  private LinearOperation linear(String name, String input) {
    return new LinearOperation(
        input, Matrix.of(weights.tensor(name + ".weight")), vector(name + ".bias"));
  }

  private double[] vector(String name) {
    Tensor tensor = weights.tensor(name);
    int length = Math.toIntExact(tensor.size());
    return Matrix.widened(tensor, 0, length, DoubleUnaryOperator.identity());
  }

  public Gpt2Weights weights() {
    return weights;
  }

  /// Every activation, in the order of the computation.
  public Set<String> names() {
    return operations.keySet();
  }

  /// What computes an activation.
  public Operation operation(String name) {
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new IllegalArgumentException("no activation is named '" + name + "'");
    }
    return operation;
  }
}
