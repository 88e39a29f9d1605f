package dev.lockstep.verify.explain;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// The usual mistakes in each operation.
final class Suspects {
  private static final String[] PARTS = {"queries", "keys", "values"};

  private final Network network;
  private final Gpt2Config config;
  private final Trace trace;

  Suspects(Network network, Trace trace) {
    this.network = network;
    this.trace = trace;
    config = network.weights().config();
  }

  /// What an operation may have been turned into.
  ///
  /// @param firstWrong the first position at which its result is wrong: where a ring is full or a
  ///     window ends
  List<Alternative> of(String name, int firstWrong) {
    Operation right = network.operation(name);
    List<Alternative> suspects = new ArrayList<>();
    switch (right) {
      case EmbeddingOperation embedding -> embedding(embedding, suspects);
      case LayerNormOperation norm -> layerNorm(name, norm, suspects);
      case LinearOperation linear -> linear(name, linear, suspects);
      case AttentionOperation attention ->
          new AttentionSuspects(attention, trace, firstWrong).addTo(suspects);
      case GeluOperation gelu -> gelu(gelu, suspects);
      case ResidualOperation residual -> residual(residual, suspects);
      default -> {}
    }
    int length = trace.tokens().length;
    suspects.add(
        new Alternative(
            "it is the row of the position before", new Rewired.Moved(right, -1, length)));
    suspects.add(
        new Alternative(
            "it is the row of the position after", new Rewired.Moved(right, 1, length)));
    return suspects;
  }

  private void embedding(EmbeddingOperation right, List<Alternative> suspects) {
    EmbeddingOperation.Form form = right.form();
    int last = trace.tokens().length - 1;
    Map<String, EmbeddingOperation.Form> mistakes = new LinkedHashMap<>();
    mistakes.put("position off by one: wpe[t + 1] is added", form.position(p -> p + 1));
    mistakes.put("position off by one: wpe[t - 1] is added", form.position(p -> p - 1));
    mistakes.put("no position embedding is added", form.factors(1, 0));
    mistakes.put("every position takes wpe[0]", form.position(p -> 0));
    mistakes.put(
        "positions are counted within the call, from 0", form.position(p -> p - firstOfCall(p)));
    mistakes.put("positions run backwards", form.position(p -> last - p));
    mistakes.put("the position embedding is added twice", form.factors(1, 2));
    mistakes.put("the token embedding is added twice", form.factors(2, 1));
    mistakes.put("no token embedding is added", form.factors(0, 1));
    mistakes.put(
        "the token embedding is multiplied by sqrt(C)", form.factors(Math.sqrt(config.nEmbd()), 1));
    mistakes.put("token ids are one too high: wte[id + 1]", form.token(id -> id + 1));
    mistakes.put("token ids are one too low: wte[id - 1]", form.token(id -> id - 1));
    for (int bits : new int[] {7, 8, 15, 16}) {
      mistakes.put(
          "token ids are cut to their last %d bits".formatted(bits),
          form.token(id -> id & (1 << bits) - 1));
    }
    for (Precision precision : Precision.ALL) {
      mistakes.put(
          "the embeddings are rounded to " + precision.name(), form.as(precision.rounding()));
    }
    mistakes.forEach(
        (hint, wrong) ->
            add(suspects, hint, new EmbeddingOperation(right.wte(), right.wpe(), wrong)));
  }

  private int firstOfCall(int position) {
    return trace.firstOfCall(position);
  }

  private void layerNorm(String name, LayerNormOperation right, List<Alternative> suspects) {
    String input = right.input();
    double[] gain = right.gain();
    double[] bias = right.bias();
    double epsilon = right.epsilon();
    LayerNormOperation.Form form = LayerNormOperation.Form.GPT2;
    double[] zeros = new double[bias.length];
    double[] ones = new double[gain.length];
    java.util.Arrays.fill(ones, 1);
    add(suspects, "the LayerNorm is left out: it is its own input", new Rewired.Copy(input));
    add(
        suspects,
        "unbiased variance: divided by C - 1",
        new LayerNormOperation(input, gain, bias, epsilon, new LayerNormOperation.Form(true, 1)));
    add(suspects, "the bias is missing", new LayerNormOperation(input, gain, zeros, epsilon, form));
    add(suspects, "the gain is missing", new LayerNormOperation(input, ones, bias, epsilon, form));
    add(
        suspects,
        "gain and bias are missing",
        new LayerNormOperation(input, ones, zeros, epsilon, form));
    add(
        suspects,
        "the mean is not subtracted (RMSNorm)",
        new LayerNormOperation(input, gain, bias, epsilon, new LayerNormOperation.Form(false, 0)));
    add(suspects, "epsilon is not added", new LayerNormOperation(input, gain, bias, 0, form));
    for (String other : network.names()) {
      if (!other.equals(name) && network.operation(other) instanceof LayerNormOperation known) {
        add(
            suspects,
            "the weights are those of " + other,
            new LayerNormOperation(input, known.gain(), known.bias(), epsilon, form));
        add(
            suspects,
            "the gain is that of " + other,
            new LayerNormOperation(input, known.gain(), bias, epsilon, form));
        add(
            suspects,
            "the bias is that of " + other,
            new LayerNormOperation(input, gain, known.bias(), epsilon, form));
      }
    }
  }

  private void linear(String name, LinearOperation right, List<Alternative> suspects) {
    Matrix weight = right.weight();
    if (right.bias().length > 0) {
      double[] zeros = new double[right.bias().length];
      double[] twice = java.util.Arrays.stream(right.bias()).map(b -> 2 * b).toArray();
      add(suspects, "the bias is missing", new LinearOperation(right.input(), weight, zeros));
      add(suspects, "the bias is added twice", new LinearOperation(right.input(), weight, twice));
    }
    if (weight.inputs() == weight.outputs()) {
      add(
          suspects,
          "the weight is transposed: read as [out, in]",
          new LinearOperation(right.input(), weight.flipped(), right.bias()));
    }
    for (Precision precision : Precision.ALL) {
      LinearOperation rounded =
          new LinearOperation(right.input(), weight.as(precision.rounding()), right.bias());
      add(suspects, "the weights are rounded to " + precision.name(), rounded);
      add(
          suspects,
          "weights and inputs are rounded to " + precision.name(),
          Rewired.onChanged(rounded, (p, row, inputs) -> rounded(row, precision)));
      narrowSums(right, precision, suspects);
    }
    if (network.operation(right.input()) instanceof LayerNormOperation norm) {
      add(
          suspects,
          "it works on " + norm.input() + " instead of " + right.input(),
          new LinearOperation(norm.input(), weight, right.bias()));
    }
    if (name.equals(Activations.LM_HEAD)) {
      head(right, suspects);
    } else {
      otherLayers(name, right, suspects);
    }
    if (name.endsWith(".attn.c_attn")) {
      parts(right, suspects);
    }
  }

  private static void narrowSums(
      LinearOperation right, Precision precision, List<Alternative> suspects) {
    for (boolean products : new boolean[] {false, true}) {
      for (boolean biasFirst : new boolean[] {false, true}) {
        add(
            suspects,
            "sums are kept in " + precision.name(),
            new NarrowSums(right, precision, products, biasFirst));
      }
    }
  }

  private static Estimate rounded(Estimate row, Precision precision) {
    double[] values = java.util.Arrays.stream(row.values()).map(precision.rounding()).toArray();
    return new Estimate(values, row.budget());
  }

  private void head(LinearOperation right, List<Alternative> suspects) {
    Gpt2Weights weights = network.weights();
    if (!weights.isTied()) {
      add(
          suspects,
          "the checkpoint's own lm_head.weight is ignored: wte is used",
          new LinearOperation(right.input(), Matrix.head(weights.wte()), right.bias()));
    }
  }

  private void otherLayers(String name, LinearOperation right, List<Alternative> suspects) {
    String module = name.substring(name.indexOf('.', 2) + 1);
    for (int layer = 0; layer < config.nLayer(); layer++) {
      String other = Activations.block(layer, module);
      if (!other.equals(name) && network.operation(other) instanceof LinearOperation known) {
        add(
            suspects,
            "the weights are those of " + other,
            new LinearOperation(right.input(), known.weight(), known.bias()));
        add(
            suspects,
            "the bias is that of " + other,
            new LinearOperation(right.input(), right.weight(), known.bias()));
        add(
            suspects,
            "the weight is that of %s, the bias its own".formatted(other),
            new LinearOperation(right.input(), known.weight(), right.bias()));
      }
    }
  }

  private void parts(LinearOperation right, List<Alternative> suspects) {
    int channels = config.nEmbd();
    for (int part = 0; part < PARTS.length; part++) {
      double[] bias = right.bias().clone();
      java.util.Arrays.fill(bias, part * channels, (part + 1) * channels, 0);
      add(
          suspects,
          "the bias of the %s is missing".formatted(PARTS[part]),
          new LinearOperation(right.input(), right.weight(), bias));
    }
    int headSize = config.headSize();
    int heads = config.nHead();
    for (int[] swap : new int[][] {{0, 1}, {1, 2}, {0, 2}}) {
      add(
          suspects,
          "%s and %s are swapped".formatted(PARTS[swap[0]], PARTS[swap[1]]),
          new Rewired.Permuted(
              right,
              c -> {
                int part = c / channels;
                int from = part == swap[0] ? swap[1] : part == swap[1] ? swap[0] : part;
                return from * channels + c % channels;
              }));
    }
    add(
        suspects,
        "heads are interleaved: query, key and value of one head lie side by side",
        new Rewired.Permuted(
            right,
            c -> {
              int head = c / (3 * headSize);
              int part = c / headSize % 3;
              return part * channels + head * headSize + c % headSize;
            }));
    add(
        suspects,
        "heads are interleaved: channel i of head h lies at i * heads + h",
        new Rewired.Permuted(
            right,
            c -> {
              int within = c % channels;
              return c / channels * channels + within % heads * headSize + within / heads;
            }));
  }

  private static void gelu(GeluOperation right, List<Alternative> suspects) {
    String input = right.input();
    NormalDistribution normal = NormalDistribution.of(0, 1);
    add(
        suspects,
        "the exact GELU (erf) instead of the tanh form",
        new GeluOperation(input, x -> x * normal.cumulativeProbability(x), Rounding.ERF));
    add(
        suspects,
        "GELU without its cubic term",
        new GeluOperation(
            input,
            x -> 0.5 * x * (1 + StrictMath.tanh(GeluOperation.SQRT_2_OVER_PI * x)),
            Rounding.TANH));
    add(
        suspects,
        "the sigmoid form of GELU, x * sigmoid(1.702 x)",
        new GeluOperation(input, x -> x / (1 + StrictMath.exp(-1.702 * x)), Rounding.TANH));
    add(
        suspects,
        "SiLU, x * sigmoid(x)",
        new GeluOperation(input, x -> x / (1 + StrictMath.exp(-x)), Rounding.TANH));
    add(suspects, "ReLU", new GeluOperation(input, x -> Math.max(0, x), Rounding.UNIT));
    add(
        suspects,
        "the factor 1/2 is missing",
        new GeluOperation(input, x -> 2 * GeluOperation.tanhForm(x), 2 * Rounding.TANH));
    add(suspects, "the activation is left out: it is its own input", new Rewired.Copy(input));
  }

  private void residual(ResidualOperation right, List<Alternative> suspects) {
    String a = right.a();
    String b = right.b();
    add(
        suspects,
        "the residual connection is missing: " + a + " is not added",
        new ResidualOperation(a, b, 0, 1));
    add(suspects, b + " is not added", new ResidualOperation(a, b, 1, 0));
    add(suspects, b + " is subtracted", new ResidualOperation(a, b, 1, -1));
    add(suspects, "both are added twice", new ResidualOperation(a, b, 2, 2));
    add(suspects, "the mean is taken, not the sum", new ResidualOperation(a, b, 0.5, 0.5));
    add(suspects, a + " is added twice", new ResidualOperation(a, b, 2, 1));
    add(suspects, b + " is added twice", new ResidualOperation(a, b, 1, 2));
    for (String other : network.names()) {
      if (network.operation(other) instanceof LayerNormOperation norm && norm.input().equals(a)) {
        add(
            suspects,
            "the residual is taken after the LayerNorm: " + other + " is added instead of " + a,
            new ResidualOperation(other, b));
      }
    }
  }

  private static void add(List<Alternative> suspects, String hint, Operation operation) {
    suspects.add(new Alternative(hint, operation));
  }
}
