package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.Product;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes down the launches of a pass: some rows of one session through the whole network.
///
/// One row goes through the kernels of decode, more through those of prefill. With fused kernels a
/// block is 5 launches in decode (7 in prefill); without, every operation is a launch and every
/// activation lies in memory at some moment.
final class PassPlan {
  private final Kernels kernels;
  private final boolean fuse;
  private final Geometry geometry;
  private final DeviceWeights weights;
  private final Workspace space;
  private final DeviceSequence sequence;
  private final int rows;
  private final int channels;
  private final List<Step> steps = new ArrayList<>();

  private PassPlan(
      Kernels kernels,
      boolean fuse,
      Geometry geometry,
      DeviceWeights weights,
      Workspace space,
      DeviceSequence sequence,
      int rows) {
    this.kernels = kernels;
    this.fuse = fuse;
    this.geometry = geometry;
    this.weights = weights;
    this.space = space;
    this.sequence = sequence;
    this.rows = rows;
    channels = geometry.config().nEmbd();
  }

  static List<Step> of(
      Kernels kernels,
      boolean fuse,
      Geometry geometry,
      DeviceWeights weights,
      Workspace space,
      DeviceSequence sequence,
      int rows,
      Head head) {
    PassPlan plan = new PassPlan(kernels, fuse, geometry, weights, space, sequence, rows);
    plan.embed();
    for (int layer = 0; layer < geometry.config().nLayer(); layer++) {
      if (fuse) {
        plan.fusedBlock(layer);
      } else {
        plan.plainBlock(layer);
      }
    }
    switch (head) {
      case NONE -> {}
      case LAST -> plan.lastLogits();
      case ALL -> plan.allLogits();
    }
    return plan.steps;
  }

  private void embed() {
    int groups = elementGroups(channels);
    add(
        kernels.launch(
            "embed", "wte+wpe", groups, weights.wte, weights.wpe, space.x, sequence.state, rows),
        show(Activations.EMBEDDING, space.x, channels));
  }

  private void fusedBlock(int layer) {
    DeviceWeights.Block block = weights.blocks.get(layer);
    DeviceBuffer keys = sequence.keys.get(layer);
    DeviceBuffer values = sequence.values.get(layer);
    String h = "h." + layer + ".";
    product(
        Product.C_ATTN,
        "_kv",
        h,
        block.ln1(),
        block.attn(),
        new Object[] {space.qkv, keys, values, sequence.state});
    attend(layer);
    attentionProjection(block, h);
    product(Product.C_FC, "_gelu", h, block.ln2(), block.fc(), new Object[] {space.hidden});
    add(
        product(Product.MLP_C_PROJ, "_add", h, space.hidden, block.mlpProj(), space.x),
        show(Activations.block(layer, ""), space.x, channels));
  }

  /// A product that begins with LayerNorm.
  private void product(
      Product product,
      String epilogue,
      String h,
      DeviceWeights.Norm norm,
      DeviceWeights.Linear linear,
      Object[] outputs) {
    String fused = "ln_" + product.kernel() + epilogue;
    if (rows == 1 && kernels.has(fused)) {
      add(
          kernels.launch(
              fused,
              h + product.module(),
              rowGroups(product),
              join(
                  new Object[] {space.x, norm.gain(), norm.shift(), linear.weight(), linear.bias()},
                  outputs,
                  0)),
          null);
      return;
    }
    layerNorm(h + (product == Product.C_ATTN ? "ln_1" : "ln_2"), norm, null);
    add(product(product, epilogue, h, space.normalised, linear, outputs), null);
  }

  private void attentionProjection(DeviceWeights.Block block, String h) {
    String fused = "attention_c_proj_add";
    if (rows == 1 && kernels.has(fused)) {
      add(
          kernels.launch(
              fused,
              h + "attn.c_proj",
              rowGroups(Product.C_PROJ),
              space.partial,
              block.attnProj().weight(),
              block.attnProj().bias(),
              space.x,
              sequence.state,
              0),
          null);
      return;
    }
    combine(h, null);
    add(product(Product.C_PROJ, "_add", h, space.heads, block.attnProj(), space.x), null);
  }

  private void plainBlock(int layer) {
    DeviceWeights.Block block = weights.blocks.get(layer);
    String h = "h." + layer + ".";
    layerNorm(h + "ln_1", block.ln1(), show(h + "ln_1", space.normalised, channels));
    add(
        product(Product.C_ATTN, "", h, space.normalised, block.attn(), space.qkv),
        show(h + "attn.c_attn", space.qkv, 3 * channels));
    add(
        kernels.launch(
            "append",
            h + "attn",
            elementGroups(channels),
            space.qkv,
            sequence.keys.get(layer),
            sequence.values.get(layer),
            sequence.state,
            rows),
        null);
    attend(layer);
    combine(h, show(h + "attn.c_proj.in", space.heads, channels));
    add(
        product(Product.C_PROJ, "", h, space.heads, block.attnProj(), space.addend),
        show(h + "attn.c_proj", space.addend, channels));
    residual(h + "ln_2.in", show(h + "ln_2.in", space.x, channels));
    layerNorm(h + "ln_2", block.ln2(), show(h + "ln_2", space.normalised, channels));
    add(
        product(Product.C_FC, "", h, space.normalised, block.fc(), space.hidden),
        show(h + "mlp.c_fc", space.hidden, 4 * channels));
    add(
        kernels.launchSizeless(
            "gelu",
            h + "mlp.act",
            elementGroups(4 * channels),
            space.hidden,
            space.activated,
            rows * 4 * channels),
        show(h + "mlp.act", space.activated, 4 * channels));
    add(
        product(Product.MLP_C_PROJ, "", h, space.activated, block.mlpProj(), space.addend),
        show(h + "mlp.c_proj", space.addend, channels));
    residual(h + "mlp", show(Activations.block(layer, ""), space.x, channels));
  }

  /// A product of rows in memory.
  private Launch product(
      Product product,
      String epilogue,
      String h,
      DeviceBuffer input,
      DeviceWeights.Linear linear,
      Object... outputs) {
    String what = h + product.module();
    Object[] inputs = {input, linear.weight(), linear.bias()};
    if (rows == 1) {
      return kernels.launch(
          product.kernel() + epilogue, what, rowGroups(product), join(inputs, outputs, 0));
    }
    int tile = geometry.tileRows(product, rows);
    return kernels.launch(
        product.kernel() + epilogue + "_rows" + tile,
        what,
        tileGroups(product, tile),
        join(inputs, outputs, rows));
  }

  private void layerNorm(String what, DeviceWeights.Norm norm, Step.@Nullable Shown shown) {
    add(
        kernels.launch(
            "layernorm",
            what,
            geometry.groups(rows),
            space.x,
            norm.gain(),
            norm.shift(),
            space.normalised,
            rows),
        shown);
  }

  private void attend(int layer) {
    boolean one = rows == 1;
    long tiles = Math.ceilDiv(rows, Geometry.QUERY_TILE);
    int groups = geometry.groups(tiles * geometry.config().nHead() * geometry.keyBlocks());
    Object[] arguments = {
      space.qkv, sequence.keys.get(layer), sequence.values.get(layer), space.partial, sequence.state
    };
    String what = "h." + layer + ".attn";
    add(
        one
            ? kernels.launch("attend", what, groups, arguments)
            : kernels.launch("attend_tile", what, groups, join(arguments, new Object[0], rows)),
        null);
  }

  private void combine(String h, Step.@Nullable Shown shown) {
    int groups = geometry.groups((long) rows * geometry.config().nHead());
    add(
        kernels.launch(
            "combine", h + "attn", groups, space.partial, space.heads, sequence.state, rows),
        shown);
  }

  private void residual(String what, Step.@Nullable Shown shown) {
    int groups = elementGroups(channels);
    add(kernels.launchSizeless("add", what, groups, space.x, space.addend, rows * channels), shown);
  }

  private void lastLogits() {
    Gpt2Config config = geometry.config();
    int last = rows - 1;
    int groups = rowGroups(Product.LM_HEAD);
    Step.Shown logits = new Step.Shown(Activations.LM_HEAD, space.logits, 0, 1, config.vocabSize());
    if (kernels.has("ln_lm_head")) {
      add(
          kernels.launch(
              "ln_lm_head",
              "lm_head",
              groups,
              space.x,
              weights.lnF.gain(),
              weights.lnF.shift(),
              weights.lmHead,
              space.logits,
              space.best,
              space.bestId,
              last),
          logits);
    } else {
      layerNorm(
          "ln_f",
          weights.lnF,
          new Step.Shown(Activations.LN_F, space.normalised, last, 1, channels));
      add(
          kernels.launch(
              "lm_head",
              "lm_head",
              groups,
              space.normalised,
              weights.lmHead,
              space.logits,
              space.best,
              space.bestId,
              last),
          logits);
    }
    add(
        kernels.launchSizeless(
            "argmax", "argmax", 1, space.best, space.bestId, sequence.state, groups, rows),
        null);
  }

  private void allLogits() {
    if (rows == 1) {
      lastLogits();
      return;
    }
    layerNorm("ln_f", weights.lnF, show(Activations.LN_F, space.normalised, channels));
    int tile = geometry.tileRows(Product.LM_HEAD, rows);
    add(
        kernels.launch(
            "lm_head_rows" + tile,
            "lm_head",
            tileGroups(Product.LM_HEAD, tile),
            space.normalised,
            weights.lmHead,
            space.logits,
            rows),
        show(Activations.LM_HEAD, space.logits, geometry.config().vocabSize()));
  }

  private int rowGroups(Product product) {
    return geometry.groups(geometry.panels(product).count());
  }

  private int tileGroups(Product product, int tileRows) {
    return geometry.groups(geometry.tiles(product, rows, tileRows));
  }

  private int elementGroups(int width) {
    return geometry.groups(Math.ceilDiv((long) rows * width, 256));
  }

  private Step.Shown show(String name, DeviceBuffer buffer, int width) {
    return new Step.Shown(name, buffer, 0, rows, width);
  }

  private void add(Launch launch, Step.@Nullable Shown shown) {
    steps.add(new Step(launch, shown));
  }

  private static Object[] join(Object[] inputs, Object[] outputs, int last) {
    Object[] all = new Object[inputs.length + outputs.length + 1];
    System.arraycopy(inputs, 0, all, 0, inputs.length);
    System.arraycopy(outputs, 0, all, inputs.length, outputs.length);
    all[all.length - 1] = last;
    return all;
  }
}
