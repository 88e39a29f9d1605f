package dev.lockstep.backend.simd.net;

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
  int mostRows() {
    return Workspace.rows(config);
  }

  /// Runs the pass's tokens. What nobody asks for is not computed: of the last block's rows only
  /// the last one's logits are, as a rule, so that the others need no more there than their keys
  /// and values, and of a prompt's earlier parts not even that one is.
  void forward(int worker, Pass pass, int[] tokens, int from, Logits asked, Buffer logits) {
    Buffer x = workspace.x;
    embedding.forward(worker, pass, tokens, from, x);
    pass.show(worker, Activations.EMBEDDING, x, pass.rows());
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer].appendKeysAndValues(worker, pass);
      if (layer == blocks.length - 1 && asked != Logits.ALL && !pass.isObserved()) {
        if (asked == Logits.NONE) {
          return;
        }
        pass.narrowToLastRow(worker);
      }
      blocks[layer].forward(worker, pass);
    }
    if (asked != Logits.NONE) {
      lmHead.forward(worker, pass, x, asked, logits);
    }
  }
}
