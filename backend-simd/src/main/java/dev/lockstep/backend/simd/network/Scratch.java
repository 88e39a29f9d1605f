package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.row.RowKernelsFactory;
import dev.lockstep.backend.simd.tile.PanelWindow;
import dev.lockstep.backend.simd.tile.RowWindow;
import dev.lockstep.backend.simd.tile.StreamTuner;
import dev.lockstep.backend.simd.tile.TileKernels;

/// What one worker computes with, and the memory that it alone uses.
final class Scratch {
  final RowKernels rowKernels;
  final StreamTuner streamTuner;

  /// The operands of the product `C = init + A · B` that the worker is about to compute.
  final RowWindow a = new RowWindow();

  final PanelWindow b = new PanelWindow();
  final RowWindow init = new RowWindow();
  final RowWindow c = new RowWindow();

  /// A block of queries of one head, and what attention makes of them.
  final RowWindow queries = new RowWindow();

  final RowWindow outputs = new RowWindow();

  /// Scores of a block of queries, `[rows, positions]`.
  final Buffer scores;

  /// Sums of a block of queries' values, `[rows, hs]`; also one row of the position embedding.
  final Buffer sums;

  /// One tile of a product of interleaved rows.
  final float[] tile;

  /// The denominators of a block of queries' softmax.
  final float[] denominators = new float[TileKernels.MAX_ROWS];

  Scratch(Gpt2Config config, int vectorBits, TileKernels kernels) {
    streamTuner = new StreamTuner(kernels);
    rowKernels = RowKernelsFactory.create(vectorBits);
    scores = new Buffer(TileKernels.MAX_ROWS, config.nPositions());
    sums = new Buffer(TileKernels.MAX_ROWS, config.nEmbd());
    tile = new float[kernels.blockTileLength()];
  }
}
