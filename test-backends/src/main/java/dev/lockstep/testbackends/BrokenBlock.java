package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.backend.naive.f32.ActivationTap;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Mlp;
import dev.lockstep.backend.naive.f32.Rows;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Right operations that are wrongly connected: bugs in the residual stream. The whole sequence is
/// computed for every call, as in stage 1.
public abstract class BrokenBlock extends BrokenBackend {
  private BrokenBlock(String id, String description, String blame) {
    super(id, description, blame);
  }

  /// The stream after attention.
  protected float[][] middle(int layer, float[][] x, float[][] attended) {
    return Rows.add(x, attended);
  }

  /// What `ln_2` works on.
  protected float[][] beforeMlp(int layer, float[][] x, float[][] middle) {
    return middle;
  }

  /// The stream after the block.
  protected float[][] end(int layer, int layers, float[][] middle, float[][] y) {
    return Rows.add(middle, y);
  }

  /// After the last block the MLP's output is added twice.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "h.1.mlp.c_proj is added twice",
      laws = {"logitsAreTheReferences", "everyOperationIsWhatItsInputsGive"})
  public static final class Twice extends BrokenBlock {
    public Twice() {
      super("broken-residual-twice", "the last block adds its MLP twice", "h.1");
    }

    @Override
    protected float[][] end(int layer, int layers, float[][] middle, float[][] y) {
      float[][] sum = Rows.add(middle, y);
      return layer == layers - 1 ? Rows.add(sum, y) : sum;
    }
  }

  /// Attention's output takes the stream's place.
  @CaughtBy(
      steps = {"tokens", "logits", "explain"},
      hint = "the residual connection is missing: h.0 is not added",
      laws = {"logitsAreTheReferences", "everyOperationIsWhatItsInputsGive"})
  public static final class Missing extends BrokenBlock {
    public Missing() {
      super("broken-residual-missing", "h.1 forgets the stream before attention", "h.1.ln_2.in");
    }

    @Override
    protected float[][] middle(int layer, float[][] x, float[][] attended) {
      return layer == 1 ? attended : super.middle(layer, x, attended);
    }
  }

  /// Attention and MLP work side by side, as in GPT-J.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "it works on wte+wpe instead of h.0.ln_2.in",
      laws = "logitsAreTheReferences")
  public static final class Parallel extends BrokenBlock {
    public Parallel() {
      super("broken-parallel-block", "ln_2 works on the stream before attention", "h.0.ln_2");
    }

    @Override
    protected float[][] beforeMlp(int layer, float[][] x, float[][] middle) {
      return x;
    }
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    Layers layers = new Layers(weights);
    return new InferenceModel() {
      private volatile boolean closed;

      @Override
      public Gpt2Config config() {
        return weights.config();
      }

      @Override
      public InferenceSession newSession() {
        SessionChecks.open(closed, "model");
        return new Session(layers, () -> closed);
      }

      @Override
      public Map<String, String> executionPath() {
        return Map.of("device", "cpu", "threads", "1");
      }

      @Override
      public void close() {
        closed = true;
      }
    };
  }

  private final class Session implements InferenceSession {
    private final Layers layers;
    private final BooleanSupplier modelIsClosed;
    private int[] tokens = {};
    private boolean closed;
    private @Nullable ActivationObserver observer;

    Session(Layers layers, BooleanSupplier modelIsClosed) {
      this.layers = layers;
      this.modelIsClosed = modelIsClosed;
    }

    @Override
    public Gpt2Config config() {
      return layers.config();
    }

    @Override
    public int position() {
      checkOpen();
      return tokens.length;
    }

    @Override
    public float[] forward(int... appended) {
      SessionChecks.tokens(config(), position(), appended);
      int first = tokens.length;
      tokens = Arrays.copyOf(tokens, first + appended.length);
      System.arraycopy(appended, 0, tokens, first, appended.length);
      ActivationTap tap = new ActivationTap(observer, 0, first);
      float[][] x = layers.embedding().forward(tokens, 0);
      tap.show(Activations.EMBEDDING, x);
      for (int layer = 0; layer < layers.config().nLayer(); layer++) {
        x = block(layer, x, tap);
      }
      int last = tokens.length - 1;
      float[] normalised = layers.layerNorm("ln_f").forward(new float[][] {x[last]})[0];
      tap.show(Activations.LN_F, last, normalised);
      float[] logits = layers.lmHead().forward(normalised);
      tap.show(Activations.LM_HEAD, last, logits);
      return logits;
    }

    private float[][] block(int layer, float[][] x, ActivationTap tap) {
      String h = "h." + layer + ".";
      int channels = layers.config().nEmbd();
      float[][] normalised = layers.layerNorm(h + "ln_1").forward(x);
      tap.show(layer, "ln_1", normalised);
      float[][] qkv = layers.linear(h + "attn.c_attn").forward(normalised);
      tap.show(layer, "attn.c_attn", qkv);
      float[][] heads =
          layers
              .attention(layer)
              .forward(
                  Rows.columns(qkv, 0, channels),
                  Rows.columns(qkv, channels, channels),
                  Rows.columns(qkv, 2 * channels, channels),
                  0);
      tap.show(layer, "attn.c_proj.in", heads);
      float[][] attended = layers.linear(h + "attn.c_proj").forward(heads);
      tap.show(layer, "attn.c_proj", attended);
      float[][] middle = middle(layer, x, attended);
      tap.show(layer, "ln_2.in", middle);
      float[][] normalisedMiddle =
          layers.layerNorm(h + "ln_2").forward(beforeMlp(layer, x, middle));
      tap.show(layer, "ln_2", normalisedMiddle);
      float[][] y = new Mlp(layer, layers).forward(normalisedMiddle, tap);
      float[][] end = end(layer, layers.config().nLayer(), middle, y);
      tap.show(layer, "", end);
      return end;
    }

    @Override
    public void rewind(int position) {
      SessionChecks.rewind(position(), position);
      tokens = Arrays.copyOf(tokens, position);
    }

    @Override
    public Set<String> observe(@Nullable ActivationObserver observer) {
      checkOpen();
      this.observer = observer;
      return new LinkedHashSet<>(Activations.all(layers.config()));
    }

    private void checkOpen() {
      SessionChecks.open(closed || modelIsClosed.getAsBoolean(), "session");
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
