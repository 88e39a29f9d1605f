package dev.lockstep.gpu.decoder;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.Product;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The launches of one pass, each by itself: which kernel, on which memory, in how many
/// work-groups. [PassPlan] puts them in order.
///
/// One row goes through the kernels of decode, more through those of prefill.
///
/// @param rows of the pass
record PassLaunches(
    Kernels kernels,
    Geometry geometry,
    DeviceWeights weights,
    Workspace space,
    DeviceSequence sequence,
    int rows) {

  /// Floats of a row of the residual stream.
  int channels() {
    return geometry.config().nEmbd();
  }

  /// `x = wte[token] + wpe[position]`
  Launch embed() {
    return kernels.launch(
        "embed",
        "wte+wpe",
        elementGroups(channels()),
        weights.wte,
        weights.wpe,
        space.x,
        sequence.state,
        number(rows));
  }

  /// `normalised = LayerNorm(x)`
  Launch layerNorm(String what, DeviceWeights.Norm norm) {
    return kernels.launch(
        "layernorm",
        what,
        geometry.groups(rows),
        space.x,
        norm.gain(),
        norm.shift(),
        space.normalised,
        number(rows));
  }

  /// A product of rows in memory.
  ///
  /// @param epilogue the end of the kernel's name: `_gelu`
  /// @param block the beginning of the launch's: `h.3.`
  /// @param outputs what the kernel writes to, and what its epilogue needs to know
  Launch product(
      Product product,
      String epilogue,
      String block,
      DeviceBuffer input,
      DeviceWeights.Linear linear,
      Argument... outputs) {
    List<Argument> arguments = new ArrayList<>(List.of(input, linear.weight(), linear.bias()));
    arguments.addAll(Arrays.asList(outputs));
    return rows == 1
        ? rowProduct(product.kernel() + epilogue, product, block, arguments)
        : tileProduct(product.kernel() + epilogue, product, block, arguments);
  }

  /// A product of one row that computes its input itself, if there is a kernel of that name.
  boolean computesInput(String kernel) {
    return rows == 1 && kernels.has(kernel);
  }

  /// A product that begins with LayerNorm of `x`, of one row.
  Launch normalisedProduct(
      String kernel,
      Product product,
      String block,
      DeviceWeights.Norm norm,
      DeviceWeights.Linear linear,
      Argument... outputs) {
    List<Argument> arguments =
        new ArrayList<>(
            List.of(space.x, norm.gain(), norm.shift(), linear.weight(), linear.bias()));
    arguments.addAll(Arrays.asList(outputs));
    return rowProduct(kernel, product, block, arguments);
  }

  /// A product that begins with attention's last step, of one row.
  Launch attentionProduct(String kernel, String block, DeviceWeights.Linear linear) {
    return rowProduct(
        kernel,
        Product.C_PROJ,
        block,
        List.of(space.partial, linear.weight(), linear.bias(), space.x, sequence.state));
  }

  private Launch rowProduct(
      String kernel, Product product, String block, List<Argument> arguments) {
    List<Argument> all = new ArrayList<>(arguments);
    all.add(number(0)); // the row
    return kernels.launch(
        kernel, block + product.module(), rowGroups(product), all.toArray(Argument[]::new));
  }

  private Launch tileProduct(
      String kernel, Product product, String block, List<Argument> arguments) {
    List<Argument> all = new ArrayList<>(arguments);
    all.add(number(rows));
    int tile = geometry.tileRows(product, rows);
    return kernels.launch(
        kernel + kernels.options().tileSuffix(tile),
        block + product.module(),
        tileGroups(product, tile),
        all.toArray(Argument[]::new));
  }

  /// Keys and values of the rows to the cache, where no product's epilogue did that.
  Launch append(int layer) {
    return kernels.launch(
        "append",
        "h." + layer + ".attn",
        elementGroups(channels()),
        space.qkv,
        sequence.keys.get(layer),
        sequence.values.get(layer),
        sequence.state,
        number(rows));
  }

  /// Every row's query against the blocks of keys that it can see.
  Launch attend(int layer) {
    long tiles = Math.ceilDiv(rows, Geometry.QUERY_TILE);
    int groups = geometry.groups(tiles * geometry.config().nHead() * geometry.keyBlocks());
    List<Argument> arguments =
        new ArrayList<>(
            List.of(
                space.qkv,
                sequence.keys.get(layer),
                sequence.values.get(layer),
                space.partial,
                sequence.state));
    if (rows > 1) {
      arguments.add(number(rows));
    }
    return kernels.launch(
        rows == 1 ? "attend" : "attend_tile",
        "h." + layer + ".attn",
        groups,
        arguments.toArray(Argument[]::new));
  }

  /// What a row's blocks of keys amount to.
  Launch combine(String block) {
    return kernels.launch(
        "combine",
        block + "attn",
        geometry.groups((long) rows * geometry.config().nHead()),
        space.partial,
        space.heads,
        sequence.state,
        number(rows));
  }

  /// `x = x + addend`
  Launch residual(String what) {
    return kernels.launchSizeless(
        "add", what, elementGroups(channels()), space.x, space.addend, number(rows * channels()));
  }

  /// `activated = GELU(hidden)`
  Launch gelu(String what) {
    return kernels.launchSizeless(
        "gelu",
        what,
        elementGroups(4 * channels()),
        space.hidden,
        space.activated,
        number(rows * 4 * channels()));
  }

  /// Logits of the last row; the final LayerNorm is part of it, or has been computed.
  Launch lastLogits(boolean normalise) {
    List<Argument> arguments =
        new ArrayList<>(
            normalise
                ? List.of(space.x, weights.lnF.gain(), weights.lnF.shift())
                : List.of(space.normalised));
    arguments.addAll(
        List.of(weights.lmHead, space.logits, space.best, space.bestId, number(rows - 1)));
    return kernels.launch(
        normalise ? "ln_lm_head" : "lm_head",
        "lm_head",
        rowGroups(Product.LM_HEAD),
        arguments.toArray(Argument[]::new));
  }

  /// Logits of every row, of more than one.
  Launch allLogits() {
    return tileProduct(
        Product.LM_HEAD.kernel(),
        Product.LM_HEAD,
        "",
        List.of(space.normalised, weights.lmHead, space.logits));
  }

  /// The greatest logit becomes the next token, and the position moves on.
  Launch argmax() {
    return kernels.launchSizeless(
        "argmax",
        "argmax",
        1,
        space.best,
        space.bestId,
        sequence.state,
        number(rowGroups(Product.LM_HEAD)),
        number(rows));
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

  private static Argument number(int value) {
    return new Argument.Int(value);
  }
}
