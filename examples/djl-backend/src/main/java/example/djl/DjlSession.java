package example.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.norm.LayerNorm;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import java.util.Arrays;

/// A sequence of tokens. `T` tokens are appended to the `start` that are cached; `C` channels, `H`
/// heads of `hs` channels.
final class DjlSession implements InferenceSession {
  private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);

  private final DjlModel model;
  private final Gpt2Config config;
  private final NDManager manager;

  /// Of each layer, `[H, nPositions, hs]`.
  private final NDArray[] keys;

  private final NDArray[] values;
  private int position;
  private boolean closed;

  DjlSession(DjlModel model) {
    this.model = model;
    config = model.config();
    manager = model.manager().newSubManager();
    keys = new NDArray[config.nLayer()];
    values = new NDArray[config.nLayer()];
    Shape shape = new Shape(config.nHead(), config.nPositions(), config.headSize());
    for (int layer = 0; layer < keys.length; layer++) {
      keys[layer] = manager.zeros(shape);
      values[layer] = manager.zeros(shape);
    }
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  @Override
  public int position() {
    SessionChecks.open(closed, "session");
    SessionChecks.open(model.isClosed(), "model");
    return position;
  }

  @Override
  public float[] forward(int... tokens) {
    SessionChecks.tokens(config, position(), tokens);
    try (NDManager step = manager.newSubManager()) {
      NDArray last = hidden(step, tokens).get(new NDIndex("{}:", tokens.length - 1));
      last.attach(step);
      float[] logits = logits(last);
      if (tokens.length > 1 && Float.isNaN(logits[0])) {
        return oneByOne(tokens);
      }
      position += tokens.length;
      return logits;
    }
  }

  /// Attention over several tokens multiplies the values of later ones by zero, and zero times NaN is
  /// NaN: what is no number would spoil the keys of tokens before it. One by one it cannot.
  private float[] oneByOne(int[] tokens) {
    float[] logits = {};
    for (int token : tokens) {
      logits = forward(token);
    }
    return logits;
  }

  /// All in one pass; by default each token would be a pass of its own.
  @Override
  public void forwardAll(int[] tokens, LogitsConsumer each) {
    SessionChecks.tokens(config, position(), tokens);
    float[] logits;
    try (NDManager step = manager.newSubManager()) {
      logits = logits(hidden(step, tokens));
    }
    if (tokens.length > 1 && Float.isNaN(logits[0])) {
      for (int token : tokens) {
        each.accept(position, forward(token));
      }
      return;
    }
    int vocabSize = config.vocabSize();
    for (int i = 0; i < tokens.length; i++) {
      position++;
      each.accept(position - 1, Arrays.copyOfRange(logits, i * vocabSize, (i + 1) * vocabSize));
    }
  }

  private float[] logits(NDArray x) {
    NDArray padded = norm(x, "ln_f").matMul(model.tensor(DjlModel.HEAD));
    return padded.get(new NDIndex(":, :{}", config.vocabSize())).toFloatArray();
  }

  /// What the head is applied to, `[T, C]`. DJL frees a result with the manager of the array whose
  /// method was called, so that is always one of this step's.
  private NDArray hidden(NDManager step, int[] tokens) {
    int start = position;
    int end = start + tokens.length;
    NDArray x = row(step, tokens, "wte.weight").add(row(step, range(start, end), "wpe.weight"));
    NDArray later = tokens.length == 1 ? null : later(step, start, tokens.length);
    for (int layer = 0; layer < config.nLayer(); layer++) {
      String h = "h." + layer + ".";
      NDArray qkv = linear(norm(x, h + "ln_1"), h + "attn.c_attn");
      NDArray attended = attention(step, layer, qkv, later, start, end);
      x = x.add(linear(attended, h + "attn.c_proj"));
      x = x.add(linear(gelu(linear(norm(x, h + "ln_2"), h + "mlp.c_fc")), h + "mlp.c_proj"));
    }
    return x;
  }

  private NDArray row(NDManager step, int[] ids, String table) {
    NDList rows = Embedding.embedding(step.create(ids), model.tensor(table), SparseFormat.DENSE);
    NDArray row = rows.singletonOrThrow();
    row.attach(step);
    return row;
  }

  private static int[] range(int from, int to) {
    int[] range = new int[to - from];
    Arrays.setAll(range, i -> from + i);
    return range;
  }

  /// What is added to scores, `[T, end]`: −∞ where the key comes later than the query.
  private static NDArray later(NDManager step, int start, int count) {
    int end = start + count;
    float[] mask = new float[count * end];
    for (int t = 0; t < count; t++) {
      Arrays.fill(mask, t * end + start + t + 1, (t + 1) * end, Float.NEGATIVE_INFINITY);
    }
    return step.create(mask, new Shape(count, end));
  }

  private NDArray norm(NDArray x, String name) {
    return LayerNorm.layerNorm(
            x,
            new Shape(config.nEmbd()),
            model.tensor(name + ".weight"),
            model.tensor(name + ".bias"),
            (float) config.layerNormEpsilon())
        .singletonOrThrow();
  }

  private NDArray linear(NDArray x, String name) {
    return x.matMul(model.tensor(name + ".weight")).add(model.tensor(name + ".bias"));
  }

  /// GPT-2's tanh form; PyTorch's own is not reached through DJL.
  private static NDArray gelu(NDArray x) {
    NDArray inner = x.mul(x).mul(x).mul(0.044715f).add(x).mul(SQRT_2_OVER_PI);
    return inner.tanh().add(1).mul(x).mul(0.5f);
  }

  /// @param qkv `[T, 3C]`
  /// @param later null for one token, which sees everything
  private NDArray attention(
      NDManager step, int layer, NDArray qkv, NDArray later, int start, int end) {
    int count = end - start;
    // [3, H, T, hs]
    NDArray split = qkv.reshape(count, 3, config.nHead(), config.headSize()).transpose(1, 2, 0, 3);
    NDIndex appended = new NDIndex(":, {}:{}", start, end);
    keys[layer].set(appended, split.get(1));
    values[layer].set(appended, split.get(2));
    NDIndex seen = new NDIndex(":, :{}", end);
    NDArray key = keys[layer].get(seen);
    NDArray value = values[layer].get(seen);
    key.attach(step);
    value.attach(step);
    NDArray scores =
        split.get(0).matMul(key.transpose(0, 2, 1)).div(Math.sqrt(config.headSize()));
    NDArray weights = (later == null ? scores : scores.add(later)).softmax(-1);
    return weights.matMul(value).transpose(1, 0, 2).reshape(count, config.nEmbd());
  }

  @Override
  public void rewind(int to) {
    SessionChecks.rewind(position(), to);
    position = to;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      manager.close();
    }
  }
}
