package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.tile.RowBlocks;
import dev.lockstep.backend.simd.tile.TileKernels;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The activations of the pass that is running. A model has one, since its passes take turns.
final class Workspace {
  /// Longer prompts are cut. That bounds this memory, and the rows still share every weight that is
  /// read. The bits do not depend on it.
  private static final int MAX_ROWS = 512;

  /// The residual stream.
  final Buffer x;

  /// The output of a LayerNorm.
  final Buffer normalised;

  /// Queries, keys and values.
  final Buffer qkv;

  /// The heads' outputs, side by side.
  final Buffer heads;

  /// What a block's half adds to the residual stream.
  final Buffer projected;

  /// The hidden layer of the MLP.
  final Buffer hidden;

  private final TileKernels kernels;
  private final Scratch[] scratch;

  Workspace(Gpt2Config config, int threads, int vectorBits, TileKernels kernels) {
    int rows = rows(config);
    this.kernels = kernels;
    int withSpare = rows + RowBlocks.SPARE_ROWS;
    int channels = config.nEmbd();
    RowBlocks narrow = rowBlocks(rows, channels);
    x = new Buffer(rows, channels);
    normalised = new Buffer(Math.max(rows, threads), channels, narrow);
    qkv = new Buffer(withSpare, 3 * channels);
    heads = new Buffer(rows, channels, narrow);
    projected = new Buffer(withSpare, channels);
    hidden = new Buffer(withSpare, 4 * channels, rowBlocks(rows, 4 * channels));
    scratch = new Scratch[threads];
    for (int worker = 0; worker < threads; worker++) {
      scratch[worker] = new Scratch(config, vectorBits, kernels);
    }
  }

  private @Nullable RowBlocks rowBlocks(int rows, int depth) {
    return interleaves(rows) ? new RowBlocks(kernels, rows, depth) : null;
  }

  /// Whether a pass of this many rows interleaves them for its products.
  boolean interleaves(int rows) {
    return kernels.interleaves(rows);
  }

  /// The most rows of one pass.
  static int rows(Gpt2Config config) {
    return Math.min(MAX_ROWS, config.nPositions());
  }

  Scratch scratch(int worker) {
    return scratch[worker];
  }

  /// How many streams each worker reads while decoding.
  String streams() {
    return Arrays.stream(scratch)
        .map(own -> own.streamTuner.toString())
        .distinct()
        .collect(Collectors.joining(" or "));
  }

  /// About how many bytes a workspace takes.
  static long bytes(Gpt2Config config, int threads) {
    long row = 4L * Buffer.stride(config.nEmbd());
    row += Buffer.stride(3 * config.nEmbd()) + Buffer.stride(4 * config.nEmbd());
    row += 2L * Buffer.stride(5 * config.nEmbd()); // interleaved, with room in every block
    long perWorker = (long) TileKernels.MAX_ROWS * Buffer.stride(config.nPositions());
    return Float.BYTES * ((rows(config) + RowBlocks.SPARE_ROWS) * row + threads * perWorker);
  }
}
