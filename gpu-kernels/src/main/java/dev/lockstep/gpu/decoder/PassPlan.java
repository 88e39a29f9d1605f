package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Activations;
import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Product;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes down the launches of a pass: some rows of one session through the whole network.
///
/// With fused kernels a block is 5 launches in decode (7 in prefill); without, every operation is a
/// launch and every activation lies in memory at some moment.
final class PassPlan {
  private final PassLaunches launches;
  private final DeviceWeights weights;
  private final Workspace space;
  private final DeviceSequence sequence;
  private final int rows;
  private final int channels;
  private final List<Step> steps = new ArrayList<>();

  private PassPlan(PassLaunches launches) {
    this.launches = launches;
    weights = launches.weights();
    space = launches.space();
    sequence = launches.sequence();
    rows = launches.rows();
    channels = launches.channels();
  }

  /// @param fuse whether the kernels are fused ones
  static List<Step> of(PassLaunches launches, boolean fuse, RequestedLogits requested) {
    PassPlan plan = new PassPlan(launches);
    plan.add(launches.embed(), plan.show(Activations.EMBEDDING, plan.space.x, plan.channels));
    for (int layer = 0; layer < plan.weights.blocks.size(); layer++) {
      if (fuse) {
        plan.fusedBlock(layer);
      } else {
        plan.plainBlock(layer);
      }
    }
    switch (requested) {
      case NONE -> {}
      case LAST -> plan.lastLogits();
      case ALL -> plan.allLogits();
    }
    return plan.steps;
  }

  private void fusedBlock(int layer) {
    DeviceWeights.Block block = weights.blocks.get(layer);
    String h = "h." + layer + ".";
    normalisedProduct(
        Product.C_ATTN,
        "_kv",
        h,
        block.ln1(),
        block.attn(),
        space.qkv,
        sequence.keys.get(layer),
        sequence.values.get(layer),
        sequence.state);
    add(launches.attend(layer));
    attentionProjection(block, h);
    normalisedProduct(Product.C_FC, "_gelu", h, block.ln2(), block.fc(), space.hidden);
    add(
        launches.product(Product.MLP_C_PROJ, "_add", h, space.hidden, block.mlpProj(), space.x),
        show(Activations.block(layer, ""), space.x, channels));
  }

  /// LayerNorm and a product, in one kernel where there is one.
  private void normalisedProduct(
      Product product,
      String epilogue,
      String h,
      DeviceWeights.Norm norm,
      DeviceWeights.Linear linear,
      Argument... outputs) {
    String fused = "ln_" + product.kernel() + epilogue;
    if (launches.computesInput(fused)) {
      add(launches.normalisedProduct(fused, product, h, norm, linear, outputs));
    } else {
      add(launches.layerNorm(h + (product == Product.C_ATTN ? "ln_1" : "ln_2"), norm));
      add(launches.product(product, epilogue, h, space.normalised, linear, outputs));
    }
  }

  /// Attention's last step and c_proj, in one kernel where there is one.
  private void attentionProjection(DeviceWeights.Block block, String h) {
    String fused = "attention_c_proj_add";
    if (launches.computesInput(fused)) {
      add(launches.attentionProduct(fused, h, block.attnProj()));
    } else {
      add(launches.combine(h));
      add(launches.product(Product.C_PROJ, "_add", h, space.heads, block.attnProj(), space.x));
    }
  }

  private void plainBlock(int layer) {
    DeviceWeights.Block block = weights.blocks.get(layer);
    String h = "h." + layer + ".";
    add(launches.layerNorm(h + "ln_1", block.ln1()), show(h + "ln_1", space.normalised, channels));
    add(
        launches.product(Product.C_ATTN, "", h, space.normalised, block.attn(), space.qkv),
        show(h + "attn.c_attn", space.qkv, 3 * channels));
    add(launches.append(layer));
    add(launches.attend(layer));
    add(launches.combine(h), show(h + "attn.c_proj.in", space.heads, channels));
    add(
        launches.product(Product.C_PROJ, "", h, space.heads, block.attnProj(), space.addend),
        show(h + "attn.c_proj", space.addend, channels));
    add(launches.residual(h + "ln_2.in"), show(h + "ln_2.in", space.x, channels));
    add(launches.layerNorm(h + "ln_2", block.ln2()), show(h + "ln_2", space.normalised, channels));
    add(
        launches.product(Product.C_FC, "", h, space.normalised, block.fc(), space.hidden),
        show(h + "mlp.c_fc", space.hidden, 4 * channels));
    add(launches.gelu(h + "mlp.act"), show(h + "mlp.act", space.activated, 4 * channels));
    add(
        launches.product(Product.MLP_C_PROJ, "", h, space.activated, block.mlpProj(), space.addend),
        show(h + "mlp.c_proj", space.addend, channels));
    add(launches.residual(h + "mlp"), show(Activations.block(layer, ""), space.x, channels));
  }

  private void lastLogits() {
    boolean fused = launches.kernels().has("ln_lm_head");
    if (!fused) {
      add(
          launches.layerNorm("ln_f", weights.lnF),
          new Step.Shown(Activations.LN_F, space.normalised, rows - 1, 1, channels));
    }
    add(
        launches.lastLogits(fused),
        new Step.Shown(Activations.LM_HEAD, space.logits, 0, 1, vocabSize()));
    add(launches.argmax());
  }

  private void allLogits() {
    if (rows == 1) {
      lastLogits();
      return;
    }
    add(
        launches.layerNorm("ln_f", weights.lnF),
        show(Activations.LN_F, space.normalised, channels));
    add(launches.allLogits(), show(Activations.LM_HEAD, space.logits, vocabSize()));
  }

  private int vocabSize() {
    return launches.geometry().config().vocabSize();
  }

  private Step.Shown show(String name, DeviceBuffer buffer, int width) {
    return new Step.Shown(name, buffer, 0, rows, width);
  }

  private void add(Launch launch) {
    add(launch, null);
  }

  private void add(Launch launch, Step.@Nullable Shown shown) {
    steps.add(new Step(launch, shown));
  }
}
