package dev.lockstep.backend.simd.network;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.backend.simd.pool.WorkerPool;
import org.jspecify.annotations.Nullable;

/// One run of some tokens of one session through the network, as all workers see it.
///
/// A session has one and uses it again and again, so that a token allocates nothing.
final class Pass implements WorkerPool.Job {
  private final Gpt2 gpt2;
  private final KvCache cache;
  private int[] tokens = {};
  private int from;
  private int rows;
  private int firstPosition;
  private RequestedLogits asked = RequestedLogits.NONE;
  private Buffer logits;
  private @Nullable ActivationObserver observer;
  private int greatest;

  Pass(Gpt2 gpt2, KvCache cache) {
    this.gpt2 = gpt2;
    this.cache = cache;
    logits = new Buffer(1, 0);
  }

  /// Runs `tokens[from .. from + rows)` at positions `firstPosition …`.
  ///
  /// @param rows at most [Gpt2#maxRows]
  /// @param logits receives the logits that are asked for, a row per position
  void run(
      int[] tokens,
      int from,
      int rows,
      int firstPosition,
      RequestedLogits asked,
      Buffer logits,
      @Nullable ActivationObserver observer) {
    this.tokens = tokens;
    this.from = from;
    this.rows = rows;
    this.firstPosition = firstPosition;
    this.asked = asked;
    this.logits = logits;
    this.observer = observer;
    gpt2.pool().run(this);
  }

  @Override
  public void run(int worker) {
    gpt2.forward(worker, this, tokens, from, asked, logits);
  }

  /// Goes on with the last row alone, as row 0.
  void narrowToLastRow(int worker) {
    if (rows == 1) {
      return;
    }
    await(worker); // all workers have read `rows`
    if (worker == 0) {
      workspace().x.moveRow(rows - 1, 0);
      workspace().qkv.moveRow(rows - 1, 0);
      firstPosition += rows - 1;
      rows = 1;
    }
    await(worker);
  }

  /// The id of the greatest logit, after [RequestedLogits#GREATEST_OF_LAST].
  int greatest() {
    return greatest;
  }

  void setGreatest(int id) {
    greatest = id;
  }

  int rows() {
    return rows;
  }

  int firstPosition() {
    return firstPosition;
  }

  KvCache cache() {
    return cache;
  }

  Workspace workspace() {
    return gpt2.workspace();
  }

  Scratch scratch(int worker) {
    return workspace().scratch(worker);
  }

  /// Where a worker's share of `n` things begins; it ends where the next one's begins.
  int share(int n, int worker) {
    return (int) ((long) n * worker / gpt2.pool().size());
  }

  /// Whether the rows are interleaved for the products, as many are.
  boolean interleaves() {
    return workspace().interleaves(rows);
  }

  /// Interleaves all rows of a buffer, if the pass interleaves.
  void interleave(int worker, Buffer buffer) {
    if (!interleaves()) {
      return;
    }
    int blocks = buffer.interleaved().count(rows);
    for (int block = take(); block < blocks; block = take()) {
      buffer.interleave(block, rows, scratch(worker).a);
    }
    await(worker);
  }

  int workers() {
    return gpt2.pool().size();
  }

  /// The next of the things that workers take one by one.
  int take() {
    return gpt2.pool().take();
  }

  /// The next run of such things, `total` in all, ends at [#endOfRun].
  int takeRun(int total) {
    return gpt2.pool().takeRun(total);
  }

  int endOfRun(int from, int total) {
    return gpt2.pool().endOfRun(from, total);
  }

  void await(int worker) {
    gpt2.pool().await(worker);
  }

  boolean isObserved() {
    return observer != null;
  }

  /// Shows all rows of an activation inside a block, if the session is observed.
  void show(int worker, int layer, String suffix, Buffer rows) {
    if (observer != null) {
      show(worker, Activations.block(layer, suffix), rows, this.rows);
    }
  }

  /// Shows the first `count` rows of a buffer, which belong to the pass's last `count` positions.
  /// No worker goes on before they have been seen.
  void show(int worker, String name, Buffer buffer, int count) {
    ActivationObserver watching = observer;
    if (watching == null) {
      return;
    }
    if (worker == 0) {
      int position = firstPosition + rows - count;
      for (int row = 0; row < count; row++) {
        watching.observe(name, position + row, buffer.data, row * buffer.stride, buffer.width);
      }
    }
    await(worker);
  }
}
