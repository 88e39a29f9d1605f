package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Tensor;
import java.lang.foreign.MemorySegment;

/// Token plus position embedding, `x[t] = wte[token] + wpe[position]`, `[T, C]`.
///
/// The rows come straight from the checkpoint's memory, so the embeddings have no private copy.
final class Embedding {
  private final Tensor wte;
  private final Tensor wpe;
  private final int channels;

  Embedding(Tensor wte, Tensor wpe) {
    this.wte = wte;
    this.wpe = wpe;
    channels = wte.shape().get(1);
  }

  /// @param tokens the pass's tokens begin at `from`
  void forward(int worker, Pass pass, int[] tokens, int from, Buffer x) {
    Scratch scratch = pass.scratch(worker);
    Buffer position = scratch.sums;
    int to = pass.share(pass.rows(), worker + 1);
    for (int row = pass.share(pass.rows(), worker); row < to; row++) {
      int at = row * x.stride;
      read(wte, tokens[from + row], x.data, at);
      read(wpe, pass.firstPosition() + row, position.data, 0);
      scratch.rowKernels.add(x.data, at, position.data, 0, channels);
    }
    pass.await(worker);
  }

  private void read(Tensor table, int row, float[] target, int at) {
    long offset = (long) row * channels * Float.BYTES;
    MemorySegment.copy(table.data(), Tensor.LAYOUT, offset, target, at, channels);
  }
}
