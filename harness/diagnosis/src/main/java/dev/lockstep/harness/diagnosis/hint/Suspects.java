package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.diagnosis.operation.AttentionOperation;
import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.EmbeddingOperation;
import dev.lockstep.harness.diagnosis.operation.GeluOperation;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import dev.lockstep.harness.diagnosis.operation.Network;
import dev.lockstep.harness.diagnosis.operation.Operation;
import dev.lockstep.harness.diagnosis.operation.ResidualOperation;
import dev.lockstep.harness.diagnosis.operation.Rounding;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The usual mistakes in one operation.
final class Suspects {
  private final Network network;
  private final Gpt2Config config;
  private final Trace trace;
  private final String name;
  private final List<Alternative> suspects = new ArrayList<>();

  Suspects(Network network, Trace trace, String name) {
    this.network = network;
    this.trace = trace;
    this.name = name;
    config = network.weights().config();
  }

  /// What the operation may have been turned into.
  ///
  /// @param firstWrong the first position at which its result is wrong: where a ring is full or a
  ///     window ends
  List<Alternative> all(int firstWrong) {
    switch (network.operation(name)) {
      case EmbeddingOperation embedding ->
          suspects.addAll(new EmbeddingSuspects(embedding, trace, config).all());
      case LayerNormOperation norm -> layerNorm(norm);
      case LinearOperation linear ->
          suspects.addAll(new LinearSuspects(network, name, linear).all());
      case AttentionOperation attention ->
          suspects.addAll(new AttentionSuspects(attention, trace, firstWrong).all());
      case GeluOperation gelu -> gelu(gelu);
      case ResidualOperation residual -> residual(residual);
    }
    suspects.addAll(otherRows());
    return suspects;
  }

  /// The right result of a neighbouring position.
  List<Alternative> otherRows() {
    Operation right = network.operation(name);
    int length = trace.tokens().length;
    return List.of(
        new Alternative(
            "it is the row of the position before", MiswiredOperations.moved(right, -1, length)),
        new Alternative(
            "it is the row of the position after", MiswiredOperations.moved(right, 1, length)));
  }

  private void layerNorm(LayerNormOperation right) {
    String input = right.input();
    double[] gain = right.gain();
    double[] bias = right.bias();
    double epsilon = right.epsilon();
    LayerNormOperation.Form form = LayerNormOperation.Form.GPT2;
    double[] zeros = new double[bias.length];
    double[] ones = new double[gain.length];
    Arrays.fill(ones, 1);
    add("the LayerNorm is left out: it is its own input", MiswiredOperations.copy(input));
    add(
        "unbiased variance: divided by C - 1",
        new LayerNormOperation(input, gain, bias, epsilon, new LayerNormOperation.Form(true, 1)));
    add("the bias is missing", new LayerNormOperation(input, gain, zeros, epsilon, form));
    add("the gain is missing", new LayerNormOperation(input, ones, bias, epsilon, form));
    add("gain and bias are missing", new LayerNormOperation(input, ones, zeros, epsilon, form));
    add(
        "the mean is not subtracted (RMSNorm)",
        new LayerNormOperation(input, gain, bias, epsilon, new LayerNormOperation.Form(false, 0)));
    add("epsilon is not added", new LayerNormOperation(input, gain, bias, 0, form));
    double[] scaledBias = new double[bias.length];
    Arrays.setAll(scaledBias, c -> bias[c] * gain[c]);
    add(
        "the gain comes after the bias: (n + b) * g",
        new LayerNormOperation(input, gain, scaledBias, epsilon, form));
    add(
        "1 is added to the gain",
        new LayerNormOperation(
            input, Arrays.stream(gain).map(g -> g + 1).toArray(), bias, epsilon, form));
    add("the LayerNorm is applied twice", MiswiredOperations.twice(right));
    if (network.operation(input) instanceof ResidualOperation residual) {
      for (String part : residual.inputs()) {
        add(
            "it works on " + part + " instead of " + input,
            new LayerNormOperation(part, gain, bias, epsilon, form));
      }
    }
    for (String other : network.names()) {
      if (!other.equals(name) && network.operation(other) instanceof LayerNormOperation known) {
        add(
            "the weights are those of " + other,
            new LayerNormOperation(input, known.gain(), known.bias(), epsilon, form));
        add(
            "the gain is that of " + other,
            new LayerNormOperation(input, known.gain(), bias, epsilon, form));
        add(
            "the bias is that of " + other,
            new LayerNormOperation(input, gain, known.bias(), epsilon, form));
      }
    }
  }

  private void gelu(GeluOperation right) {
    String input = right.input();
    add(
        "the exact GELU (erf) instead of the tanh form",
        new GeluOperation(input, GeluOperation::exactForm, Rounding.ERF));
    add(
        "GELU without its cubic term",
        new GeluOperation(
            input,
            x -> 0.5 * x * (1 + StrictMath.tanh(GeluOperation.SQRT_2_OVER_PI * x)),
            Rounding.TANH));
    add(
        "the sigmoid form of GELU, x * sigmoid(1.702 x)",
        new GeluOperation(input, x -> x / (1 + StrictMath.exp(-1.702 * x)), Rounding.TANH));
    add(
        "SiLU, x * sigmoid(x)",
        new GeluOperation(input, x -> x / (1 + StrictMath.exp(-x)), Rounding.TANH));
    add("ReLU", new GeluOperation(input, x -> Math.max(0, x), Rounding.UNIT));
    add(
        "the factor 1/2 is missing",
        new GeluOperation(input, x -> 2 * GeluOperation.tanhForm(x), 2 * Rounding.TANH));
    add("the activation is left out: it is its own input", MiswiredOperations.copy(input));
    add("the activation is applied twice", MiswiredOperations.twice(right));
  }

  private void residual(ResidualOperation right) {
    String a = right.a();
    String b = right.b();
    add(
        "the residual connection is missing: " + a + " is not added",
        new ResidualOperation(a, b, 0, 1));
    add(b + " is not added", new ResidualOperation(a, b, 1, 0));
    add(b + " is subtracted", new ResidualOperation(a, b, 1, -1));
    add("both are added twice", new ResidualOperation(a, b, 2, 2));
    add("the mean is taken, not the sum", new ResidualOperation(a, b, 0.5, 0.5));
    add(a + " is added twice", new ResidualOperation(a, b, 2, 1));
    add(b + " is added twice", new ResidualOperation(a, b, 1, 2));
    for (String other : network.names()) {
      if (other.equals(name)) {
        break;
      }
      Operation known = network.operation(other);
      if (known instanceof LayerNormOperation norm && norm.input().equals(a)) {
        add(
            "the residual is taken after the LayerNorm: " + other + " is added instead of " + a,
            new ResidualOperation(other, b));
      } else if (!other.equals(a)
          && (known instanceof ResidualOperation || known instanceof EmbeddingOperation)) {
        add(
            "the residual is taken from elsewhere: " + other + " is added instead of " + a,
            new ResidualOperation(other, b));
      }
    }
    if (network.operation(a) instanceof ResidualOperation middle) {
      add(
          "the whole block is left out: " + middle.a() + " is passed on",
          MiswiredOperations.copy(middle.a()));
    }
  }

  private void add(String hint, Computation computation) {
    suspects.add(new Alternative(hint, computation));
  }
}
