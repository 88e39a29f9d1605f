package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.harness.diagnosis.operation.Computation;
import dev.lockstep.harness.diagnosis.operation.Estimate;
import dev.lockstep.harness.diagnosis.operation.LayerNormOperation;
import dev.lockstep.harness.diagnosis.operation.LinearOperation;
import dev.lockstep.harness.diagnosis.operation.Matrix;
import dev.lockstep.harness.diagnosis.operation.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The usual mistakes in a linear layer: its bias, its layout, its precision, its weights and its
/// input.
final class LinearSuspects {
  private static final String[] PARTS = {"queries", "keys", "values"};

  private final Network network;
  private final Gpt2Config config;
  private final String name;
  private final LinearOperation right;
  private final List<Alternative> suspects = new ArrayList<>();

  LinearSuspects(Network network, String name, LinearOperation right) {
    this.network = network;
    this.name = name;
    this.right = right;
    config = network.weights().config();
  }

  List<Alternative> all() {
    Matrix weight = right.weight();
    if (right.bias().length > 0) {
      double[] zeros = new double[right.bias().length];
      double[] twice = Arrays.stream(right.bias()).map(b -> 2 * b).toArray();
      add("the bias is missing", new LinearOperation(right.input(), weight, zeros));
      add("the bias is added twice", new LinearOperation(right.input(), weight, twice));
    }
    if (weight.inputs() == weight.outputs()) {
      add(
          "the weight is transposed: read as [out, in]",
          new LinearOperation(right.input(), weight.flipped(), right.bias()));
    }
    if (weight.inputs() != weight.outputs() && !weight.transposed()) {
      add(
          "the weight is read as [out, in] without being transposed",
          new LinearOperation(right.input(), weight.reinterpreted(), right.bias()));
    }
    for (Precision precision : Precision.ALL) {
      LinearOperation rounded =
          new LinearOperation(right.input(), weight.as(precision.rounding()), right.bias());
      add("the weights are rounded to " + precision.name(), rounded);
      add(
          "weights and inputs are rounded to " + precision.name(),
          MiswiredOperations.onChanged(rounded, (p, row, inputs) -> rounded(row, precision)));
      narrowSums(precision);
    }
    for (Precision precision : Precision.CUT) {
      LinearOperation cut =
          new LinearOperation(right.input(), weight.as(precision.rounding()), right.bias());
      add("the weights are rounded to " + precision.name(), cut);
      add(
          "weights and inputs are rounded to " + precision.name(),
          MiswiredOperations.onChanged(cut, (p, row, inputs) -> rounded(row, precision)));
    }
    if (network.operation(right.input()) instanceof LayerNormOperation norm) {
      add(
          "it works on " + norm.input() + " instead of " + right.input(),
          new LinearOperation(norm.input(), weight, right.bias()));
    }
    if (name.equals(Activations.LM_HEAD)) {
      head();
    } else {
      otherLayers();
    }
    if (name.endsWith(".attn.c_attn")) {
      parts();
    }
    return suspects;
  }

  private void narrowSums(Precision precision) {
    for (boolean products : new boolean[] {false, true}) {
      for (boolean biasFirst : new boolean[] {false, true}) {
        add(
            "sums are kept in " + precision.name(),
            new NarrowSums(right, precision, products, biasFirst));
      }
    }
  }

  private static Estimate rounded(Estimate row, Precision precision) {
    double[] values = Arrays.stream(row.values()).map(precision.rounding()).toArray();
    return new Estimate(values, row.budget());
  }

  private void head() {
    Gpt2Weights weights = network.weights();
    if (!weights.isTied()) {
      add(
          "the checkpoint's own lm_head.weight is ignored: wte is used",
          new LinearOperation(right.input(), Matrix.head(weights.wte()), right.bias()));
    }
  }

  private void otherLayers() {
    String module = name.substring(name.indexOf('.', 2) + 1);
    for (int layer = 0; layer < config.nLayer(); layer++) {
      String other = Activations.block(layer, module);
      if (!other.equals(name) && network.operation(other) instanceof LinearOperation known) {
        add(
            "the weights are those of " + other,
            new LinearOperation(right.input(), known.weight(), known.bias()));
        add(
            "the bias is that of " + other,
            new LinearOperation(right.input(), right.weight(), known.bias()));
        add(
            "the weight is that of %s, the bias its own".formatted(other),
            new LinearOperation(right.input(), known.weight(), right.bias()));
      }
    }
  }

  private void parts() {
    int channels = config.nEmbd();
    for (int part = 0; part < PARTS.length; part++) {
      double[] bias = right.bias().clone();
      Arrays.fill(bias, part * channels, (part + 1) * channels, 0);
      add(
          "the bias of the %s is missing".formatted(PARTS[part]),
          new LinearOperation(right.input(), right.weight(), bias));
    }
    int headSize = config.headSize();
    int heads = config.nHead();
    for (int[] swap : new int[][] {{0, 1}, {1, 2}, {0, 2}}) {
      add(
          "%s and %s are swapped".formatted(PARTS[swap[0]], PARTS[swap[1]]),
          MiswiredOperations.permuted(
              right,
              c -> {
                int part = c / channels;
                int from = part == swap[0] ? swap[1] : part == swap[1] ? swap[0] : part;
                return from * channels + c % channels;
              }));
    }
    for (int by : new int[] {1, 2}) {
      add(
          "queries, keys and values are rotated: they come as %s, %s, %s"
              .formatted(PARTS[by], PARTS[(by + 1) % 3], PARTS[(by + 2) % 3]),
          MiswiredOperations.permuted(
              right, c -> (c / channels + by) % 3 * channels + c % channels));
    }
    add(
        "heads are interleaved: query, key and value of one head lie side by side",
        MiswiredOperations.permuted(
            right,
            c -> {
              int head = c / (3 * headSize);
              int part = c / headSize % 3;
              return part * channels + head * headSize + c % headSize;
            }));
    add(
        "heads are interleaved: channel i of head h lies at i * heads + h",
        MiswiredOperations.permuted(
            right,
            c -> {
              int within = c % channels;
              return c / channels * channels + within % heads * headSize + within / heads;
            }));
  }

  private void add(String hint, Computation computation) {
    suspects.add(new Alternative(hint, computation));
  }
}
