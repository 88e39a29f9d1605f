package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.Geometry;
import dev.lockstep.gpu.kernel.Panels;
import dev.lockstep.gpu.kernel.Product;
import java.util.ArrayList;
import java.util.List;

/// A checkpoint on the device: matrices in panels, vectors as they are.
///
/// The token embedding lies in the panels of `lm_head`; if the two are tied there is one copy.
final class DeviceWeights implements AutoCloseable {

  /// Gain and shift of a LayerNorm.
  record Norm(DeviceBuffer gain, DeviceBuffer shift) {}

  /// A matrix and its bias.
  record Linear(DeviceBuffer weight, DeviceBuffer bias) {}

  /// One transformer block.
  record Block(Norm ln1, Linear attn, Linear attnProj, Norm ln2, Linear fc, Linear mlpProj) {}

  private final GpuDevice device;
  private final Geometry geometry;
  private final Buffers buffers;
  private final PanelPacker packer;
  final DeviceBuffer wte;
  final DeviceBuffer wpe;
  final List<Block> blocks = new ArrayList<>();
  final Norm lnF;
  final DeviceBuffer lmHead;

  DeviceWeights(Gpt2Weights weights, GpuDevice device, Geometry geometry) {
    this.device = device;
    this.geometry = geometry;
    buffers = new Buffers(device);
    packer = new PanelPacker(device);
    try {
      lmHead = embedding(weights.lmHead());
      wte = weights.isTied() ? lmHead : embedding(weights.wte());
      wpe = vector(weights.wpe());
      for (int layer = 0; layer < weights.config().nLayer(); layer++) {
        blocks.add(block(weights.block(layer)));
      }
      lnF = new Norm(vector(weights.lnFWeight()), vector(weights.lnFBias()));
    } catch (RuntimeException | Error e) {
      buffers.close();
      throw e;
    }
  }

  private Block block(Gpt2Weights.Block block) {
    return new Block(
        new Norm(vector(block.ln1Weight()), vector(block.ln1Bias())),
        linear(Product.C_ATTN, block.attnWeight(), block.attnBias()),
        linear(Product.C_PROJ, block.attnProjWeight(), block.attnProjBias()),
        new Norm(vector(block.ln2Weight()), vector(block.ln2Bias())),
        linear(Product.C_FC, block.fcWeight(), block.fcBias()),
        linear(Product.MLP_C_PROJ, block.mlpProjWeight(), block.mlpProjBias()));
  }

  private Linear linear(Product product, Tensor weight, Tensor bias) {
    Panels panels = geometry.panels(product);
    DeviceBuffer packed = buffers.allocate(weight.name(), panels.floats());
    packer.packInputsOutputs(weight, panels, packed);
    return new Linear(packed, vector(bias));
  }

  private DeviceBuffer embedding(Tensor tensor) {
    Panels panels = geometry.panels(Product.LM_HEAD);
    DeviceBuffer packed = buffers.allocate(tensor.name(), panels.floats());
    packer.packOutputsInputs(tensor, panels, packed);
    return packed;
  }

  private DeviceBuffer vector(Tensor tensor) {
    DeviceBuffer copy = buffers.allocate(tensor.name(), tensor.size());
    device.upload(copy, 0, tensor.data());
    return copy;
  }

  /// Bytes that the weights of a model with a tied head take, or a little more.
  static long bytes(Gpt2Config config) {
    long padding = 128L * config.nEmbd() * (2 + 8L * config.nLayer());
    return (config.parameterCount() + padding) * Float.BYTES;
  }

  @Override
  public void close() {
    buffers.close();
  }
}
