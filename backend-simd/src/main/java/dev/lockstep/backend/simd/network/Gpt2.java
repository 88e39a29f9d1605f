package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.pool.WorkerPool;

/// GPT-2 (Radford et al. 2019): embedding, blocks, final LayerNorm, output embedding.
///
/// Holds the packed weights, the workers and the memory that a running pass uses.
public final class Gpt2 {
  private final Gpt2Config config;
  private final WorkerPool pool;
  private final Workspace workspace;
  private final Embedding embedding;
  private final TransformerBlock[] blocks;
  private final LmHead lmHead;

  Gpt2(
      Gpt2Config config,
      WorkerPool pool,
      Workspace workspace,
      Embedding embedding,
      TransformerBlock[] blocks,
      LmHead lmHead) {
    this.config = config;
    this.pool = pool;
    this.workspace = workspace;
    this.embedding = embedding;
    this.blocks = blocks.clone();
    this.lmHead = lmHead;
  }

  public Gpt2Config config() {
    return config;
  }

  public WorkerPool pool() {
    return pool;
  }

  /// How many streams each worker reads while decoding, for people.
  public String streams() {
    return workspace.streams();
  }

  Workspace workspace() {
    return workspace;
  }

  /// The most rows of one pass.
  int maxRows() {
    return Workspace.rows(config);
  }

  /// Runs the pass's tokens, and computes nothing that was not requested. As a rule only the logits
  /// of the last row are: then the other rows need only their keys and values in the last block.
  /// Of the earlier parts of a long prompt, all rows need no more than that.
  void forward(
      int worker, Pass pass, int[] tokens, int from, RequestedLogits asked, Buffer logits) {
    Buffer x = workspace.x;
    embedding.forward(worker, pass, tokens, from, x);
    pass.show(worker, Activations.EMBEDDING, x, pass.rows());
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer].appendKeysAndValues(worker, pass);
      if (layer == blocks.length - 1 && asked != RequestedLogits.ALL && !pass.isObserved()) {
        if (asked == RequestedLogits.NONE) {
          return;
        }
        pass.narrowToLastRow(worker);
      }
      blocks[layer].forward(worker, pass);
    }
    if (asked != RequestedLogits.NONE) {
      lmHead.forward(worker, pass, x, asked, logits);
    }
  }
}
