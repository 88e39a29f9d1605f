package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.simd.head.CertifiedArgmax;
import dev.lockstep.backend.simd.head.QuantisedRows;
import dev.lockstep.backend.simd.memory.MappedPages;
import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.pool.WorkerPool;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixPacker;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.TileKernels;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Packs a checkpoint. All packed matrices lie one after another, in the order in which a token
/// reads them; every matrix is packed by all workers, so the first touch of its pages is theirs.
public final class Gpt2Loader {
  private final Gpt2Weights weights;
  private final Gpt2Config config;
  private final WorkerPool pool;
  private final TileKernels kernels;
  private final MatrixProduct product;
  private final @Nullable OffHeap memory;
  private final float[] zeros;
  private final Arena arena;
  private final boolean certifiedHead;
  private @Nullable CertifiedArgmax certified;
  private long nextAddress;

  /// @param packed panels off-heap in `arena`, or plain arrays on the heap
  public Gpt2Loader(
      Gpt2Weights weights,
      WorkerPool pool,
      TileKernels kernels,
      boolean packed,
      boolean certifiedHead,
      Arena arena) {
    this.weights = weights;
    this.pool = pool;
    this.arena = arena;
    this.certifiedHead = certifiedHead;
    config = weights.config();
    this.kernels = kernels;
    product = new MatrixProduct(kernels);
    memory = packed ? OffHeap.allocate(weightBytes(config), arena) : null;
    nextAddress = memory == null ? 0 : memory.address();
    zeros =
        new float
            [Matrix.padded(
                Math.max(config.vocabSize(), Math.max(config.nPositions(), config.nEmbd())))];
  }

  /// Bytes of all matrices, packed.
  public static long weightBytes(Gpt2Config config) {
    int c = config.nEmbd();
    long block =
        Matrix.packedBytes(c, 3 * c)
            + Matrix.packedBytes(c, c)
            + Matrix.packedBytes(c, 4 * c)
            + Matrix.packedBytes(4 * c, c);
    return config.nLayer() * block + Matrix.packedBytes(c, config.vocabSize());
  }

  /// Where the packed matrices lie; null if they are plain.
  public @Nullable OffHeap memory() {
    return memory;
  }

  /// Finds greedy tokens, if that was asked for; known after [#load].
  public @Nullable CertifiedArgmax certified() {
    return certified;
  }

  public Gpt2 load(int vectorBits) {
    TransformerBlock[] blocks = new TransformerBlock[config.nLayer()];
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer] = block(layer);
    }
    LmHead lmHead = lmHead(vectorBits);
    return new Gpt2(
        config,
        pool,
        new Workspace(config, pool.size(), vectorBits, kernels),
        new Embedding(weights.wte(), weights.wpe()),
        blocks,
        lmHead);
  }

  private TransformerBlock block(int layer) {
    String h = "h." + layer + ".";
    return new TransformerBlock(
        layer,
        layerNorm(h + "ln_1"),
        linear(h + "attn.c_attn"),
        new CausalSelfAttention(layer, config.nHead(), config.headSize(), zeros, product),
        linear(h + "attn.c_proj"),
        layerNorm(h + "ln_2"),
        new Mlp(layer, linear(h + "mlp.c_fc"), linear(h + "mlp.c_proj")));
  }

  private LayerNorm layerNorm(String name) {
    return new LayerNorm(
        weights.tensor(name + ".weight").toArray(),
        weights.tensor(name + ".bias").toArray(),
        config.layerNormEpsilon());
  }

  private Linear linear(String name) {
    Tensor weight = weights.tensor(name + ".weight");
    Matrix target = matrix(weight.shape().get(0), weight.shape().get(1));
    pool.run(worker -> MatrixPacker.conv1d(weight, target, worker, pool.size()));
    MappedPages.release(weight.data());
    float[] bias = weights.tensor(name + ".bias").toArray();
    return new Linear(target, Arrays.copyOf(bias, Matrix.padded(bias.length)), product);
  }

  private LmHead lmHead(int vectorBits) {
    Matrix target = matrix(config.nEmbd(), config.vocabSize());
    pool.run(worker -> MatrixPacker.transposed(weights.lmHead(), target, worker, pool.size()));
    if (certifiedHead) {
      QuantisedRows rows =
          new QuantisedRows(config.vocabSize(), config.nEmbd(), memory != null, arena);
      pool.run(worker -> rows.quantise(weights.lmHead(), worker, pool.size()));
      certified = new CertifiedArgmax(rows, target, product, vectorBits, zeros, pool.size());
    }
    MappedPages.release(weights.lmHead().data());
    return new LmHead(
        layerNorm("ln_f"), new Linear(target, zeros, product), certified, pool.size());
  }

  private Matrix matrix(int inputs, int outputs) {
    if (memory == null) {
      return Matrix.plain(inputs, outputs);
    }
    Matrix matrix = Matrix.packed(nextAddress, inputs, outputs);
    nextAddress += Matrix.packedBytes(inputs, outputs);
    return matrix;
  }
}
