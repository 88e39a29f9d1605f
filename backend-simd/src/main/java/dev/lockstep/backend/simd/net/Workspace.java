package dev.lockstep.backend.simd.net;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.row.RowKernelsFactory;
import dev.lockstep.backend.simd.tile.RowBlocks;
import dev.lockstep.backend.simd.tile.StreamTuner;
import dev.lockstep.backend.simd.tile.TileKernels;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The activations of the pass that is running. A model has one, since passes take turns.
final class Workspace {
  /// Longer prompts are cut: it bounds this memory, and the rows still share every weight that is
  /// read. The bits do not depend on it.
  private static final int MOST_ROWS = 512;

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
  private final PerWorker[] workers;

  /// Scratch memory of one worker.
  static final class PerWorker {
    final RowKernels rowKernels;
    final StreamTuner streamTuner;
    final Buffer scores;
    final Buffer sums;

    /// One tile of a product of interleaved rows.
    final float[] tile;

    final float[] denominators = new float[TileKernels.MOST_ROWS];

    PerWorker(Gpt2Config config, int vectorBits, TileKernels kernels) {
      streamTuner = new StreamTuner(kernels);
      rowKernels = RowKernelsFactory.create(vectorBits);
      scores = new Buffer(TileKernels.MOST_ROWS, config.nPositions());
      sums = new Buffer(TileKernels.MOST_ROWS, config.nEmbd());
      tile = new float[kernels.blockTileLength()];
    }
  }

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
    workers = new PerWorker[threads];
    for (int worker = 0; worker < threads; worker++) {
      workers[worker] = new PerWorker(config, vectorBits, kernels);
    }
  }

  private @Nullable RowBlocks rowBlocks(int rows, int depth) {
    return interleaves(rows) ? new RowBlocks(kernels, rows, depth) : null;
  }

  /// Whether the rows of so long a pass are interleaved for its products.
  boolean interleaves(int rows) {
    return kernels.interleaves(rows);
  }

  /// The most rows of one pass.
  static int rows(Gpt2Config config) {
    return Math.min(MOST_ROWS, config.nPositions());
  }

  PerWorker worker(int worker) {
    return workers[worker];
  }

  /// How many streams each worker reads while decoding.
  String streams() {
    return Arrays.stream(workers)
        .map(worker -> worker.streamTuner.toString())
        .distinct()
        .collect(Collectors.joining(" or "));
  }

  /// About how many bytes a workspace takes.
  static long bytes(Gpt2Config config, int threads) {
    long row = 4L * Buffer.stride(config.nEmbd());
    row += Buffer.stride(3 * config.nEmbd()) + Buffer.stride(4 * config.nEmbd());
    row += 2L * Buffer.stride(5 * config.nEmbd()); // interleaved, with room in every block
    long perWorker = (long) TileKernels.MOST_ROWS * Buffer.stride(config.nPositions());
    return Float.BYTES * ((rows(config) + RowBlocks.SPARE_ROWS) * row + threads * perWorker);
  }
}
