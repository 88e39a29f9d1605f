package example.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The weights as PyTorch's tensors, as the checkpoint has them: matrices `[in, out]`.
final class DjlModel implements InferenceModel {
  static final String HEAD = "lm_head.weight";
  private static final int PADDING = 64;

  private final Gpt2Config config;
  private final int threads;
  private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
  private final Map<String, NDArray> tensors = new HashMap<>();
  private volatile boolean closed;

  DjlModel(Gpt2Weights weights, int threads) {
    this.config = weights.config();
    this.threads = threads;
    for (String name : Gpt2Weights.shapes(config).keySet()) {
      if (!name.equals(HEAD)) {
        Tensor tensor = weights.tensor(name);
        List<Integer> shape = tensor.shape();
        tensors.put(
            name,
            manager.create(
                tensor.toArray(),
                new Shape(shape.stream().mapToLong(Integer::longValue).toArray())));
      }
    }
    tensors.put(HEAD, head(weights.lmHead()));
  }

  /// The head's columns `[C, V]`, and columns of zeros up to a multiple of [#PADDING]: a product treats
  /// the last columns in another way where they fill no vector, and then two ids with the same
  /// weights have other logits.
  private NDArray head(Tensor rows) {
    int padded = Math.ceilDiv(config.vocabSize(), PADDING) * PADDING;
    float[] values = Arrays.copyOf(rows.toArray(), padded * config.nEmbd());
    return manager.create(values, new Shape(padded, config.nEmbd())).transpose();
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  NDManager manager() {
    return manager;
  }

  NDArray tensor(String name) {
    return tensors.get(name);
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public InferenceSession newSession() {
    SessionChecks.open(closed, "model");
    return new DjlSession(this);
  }

  @Override
  public Map<String, String> executionPath() {
    Engine engine = Engine.getEngine("PyTorch");
    return Map.of(
        "device", "cpu",
        "threads", Integer.toString(threads),
        "pytorch", engine.getVersion(),
        "djl", Engine.getDjlVersion());
  }

  @Override
  public void close() {
    closed = true;
    manager.close();
  }
}
