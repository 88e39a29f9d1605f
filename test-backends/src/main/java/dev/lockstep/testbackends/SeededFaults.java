package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.LmHead;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// The kinds of bugs that are drawn, but for those of the choice of tokens ([SeededChoice]) and
/// those that are cheats ([SeededCheat]).
public final class SeededFaults {
  private SeededFaults() {}

  /// A weight, or a row of weights, is taken wrongly.
  public static final class Weights extends SeededFault {
    public Weights() {
      super("weight", "a row, a channel or a head of the weights is taken wrongly");
    }

    @Override
    BrokenBackend drawn(Draw draw) {
      Distortion distortion = Distortion.drawn(draw);
      int id = draw.id();
      int position = draw.position();
      return draw.of(
              List.<Supplier<BrokenBackend>>of(
                  () ->
                      new SeededOperation(
                          Activations.EMBEDDING,
                          (call, row) -> call.tokens()[row] == id,
                          "for id " + id,
                          distortion),
                  () ->
                      new SeededOperation(
                          Activations.EMBEDDING,
                          (call, row) -> call.position(row) == position,
                          "at position " + position,
                          distortion),
                  () ->
                      new SeededOperation(
                          draw.operation(), (call, row) -> true, "always", distortion),
                  () -> new HeadRow(id),
                  () -> new Head(draw.layer(), draw.channel(draw.heads()), draw.headSize())))
          .get();
    }

    /// The row of an id in the head is its neighbour's.
    private static final class HeadRow extends SeededFault.Drawn {
      private final int id;

      HeadRow(int id) {
        super("lm_head, id " + id + ": the logit is its neighbour's");
        this.id = id;
      }

      @Override
      protected LmHead lmHead(Layers right) {
        return new LmHead(right.weights().lmHead()) {
          @Override
          public float[] forward(float[] x) {
            float[] logits = super.forward(x);
            logits[id] = logits[id == 0 ? logits.length - 1 : id - 1];
            return logits;
          }
        };
      }
    }

    /// One head's output is a fiftieth too large.
    private static final class Head extends SeededFault.Drawn {
      private final int layer;
      private final int head;
      private final int headSize;

      Head(int layer, int head, int headSize) {
        super("h." + layer + ".attn, head " + head + ": a fiftieth too large");
        this.layer = layer;
        this.head = head;
        this.headSize = headSize;
      }

      @Override
      protected CausalSelfAttention attention(int each, Layers right) {
        if (each != layer) {
          return super.attention(each, right);
        }
        return new CausalSelfAttention(right.config().nHead(), headSize) {
          @Override
          public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
            float[][] y = super.forward(q, k, v, firstPosition);
            for (float[] row : y) {
              for (int c = head * headSize; c < (head + 1) * headSize; c++) {
                row[c] *= 1.02f;
              }
            }
            return y;
          }
        };
      }
    }
  }

  /// Calls of some length, or positions, are computed wrongly.
  public static final class Calls extends SeededFault {
    public Calls() {
      super("call", "a length, a remainder or a position goes wrong");
    }

    @Override
    BrokenBackend drawn(Draw draw) {
      int position = draw.position();
      int length = draw.stretch();
      int tile = draw.of(List.of(4, 8, 16, 32));
      int remainder = draw.between(1, tile - 1);
      int period = draw.of(List.of(16, 32, 64));
      return draw.of(
              List.<Supplier<BrokenBackend>>of(
                  () ->
                      at(
                          draw,
                          (call, row) -> call.position(row) == position,
                          "at position " + position),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.position(row) >= position,
                          "from position " + position + " on"),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.tokens().length >= length && row == length - 1,
                          "row " + (length - 1) + " of a call"),
                  () ->
                      at(
                          draw,
                          (call, row) ->
                              call.tokens().length > tile
                                  && call.tokens().length % tile == remainder
                                  && row == call.tokens().length - 1,
                          "the last row of a call whose length is %s modulo %s"
                              .formatted(remainder, tile)),
                  () ->
                      at(
                          draw,
                          (call, row) ->
                              call.tokens().length == 1
                                  && call.position(row) % period == period - 1,
                          "one token at the end of every %s positions".formatted(period)),
                  () ->
                      at(
                          draw,
                          (call, row) ->
                              call.firstPosition() > 0 && call.tokens().length > 1 && row == 0,
                          "the first row of a second part")))
          .get();
    }
  }

  /// The state of a session, of a model or of a thread matters where it must not.
  public static final class States extends SeededFault {
    public States() {
      super("state", "what was done before, or by whom, matters");
    }

    @Override
    BrokenBackend drawn(Draw draw) {
      int calls = draw.between(20, 400);
      int rewinds = draw.between(1, 3);
      int sessions = draw.between(2, 3);
      int tokens = draw.between(40, 400);
      return draw.of(
              List.<Supplier<BrokenBackend>>of(
                  () ->
                      at(
                          draw,
                          (call, row) -> call.number() >= calls,
                          "from call %s on".formatted(calls)),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.session().rewinds >= rewinds,
                          "after %s rewinds".formatted(rewinds)),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.open() >= sessions,
                          "while %s sessions are open".formatted(sessions)),
                  () -> at(draw, (call, row) -> call.otherThread(), "on another thread"),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.session().number % sessions == 0,
                          "in every session number %s".formatted(sessions)),
                  () ->
                      at(
                          draw,
                          (call, row) -> call.session().computed >= tokens,
                          "when a session has computed %s tokens".formatted(tokens))))
          .get();
    }
  }

  private static BrokenBackend at(Draw draw, SeededOperation.Condition condition, String when) {
    return new SeededOperation(draw.operation(), condition, when, Distortion.drawn(draw));
  }

  /// Numbers of unusual size go wrong.
  public static final class Numbers extends SeededFault {
    public Numbers() {
      super("number", "large, tiny or infinite numbers, or what is no number, go wrong");
    }

    @Override
    BrokenBackend drawn(Draw draw) {
      int layer = draw.layer();
      float size = draw.between(8, 40);
      String norm = draw.of(List.of("h." + layer + ".ln_1", "h." + layer + ".ln_2", "ln_f"));
      String linear =
          "h."
              + layer
              + "."
              + draw.of(List.of("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"));
      return draw.of(
              List.<Supplier<BrokenBackend>>of(
                  () -> new OnePassVariance(norm),
                  () -> new Activation(layer, size),
                  () -> new Scores(layer, size),
                  () -> new Unshifted(layer),
                  () -> new Swallowing(linear),
                  () -> new Epsilon(norm, draw.of(List.of(1e-6, 1e-12, 1e-3)))))
          .get();
    }

    private static final class OnePassVariance extends SeededFault.Drawn {
      private final String name;

      OnePassVariance(String name) {
        super(name + ": the variance is the mean of squares less the square of the mean");
        this.name = name;
      }

      @Override
      protected LayerNorm layerNorm(String each, Layers right) {
        if (!each.equals(name)) {
          return super.layerNorm(each, right);
        }
        Gpt2Weights weights = right.weights();
        return new LayerNorm(
            weights.tensor(name + ".weight"),
            weights.tensor(name + ".bias"),
            weights.config().layerNormEpsilon()) {
          @Override
          protected float variance(float[] x, float mean) {
            float squares = 0;
            for (float value : x) {
              squares += value * value;
            }
            return Math.max(0, squares / x.length - mean * mean);
          }
        };
      }
    }

    private static final class Epsilon extends SeededFault.Drawn {
      private final String name;
      private final double epsilon;

      Epsilon(String name, double epsilon) {
        super(name + ": epsilon is " + epsilon);
        this.name = name;
        this.epsilon = epsilon;
      }

      @Override
      protected LayerNorm layerNorm(String each, Layers right) {
        Tensor bias = right.weights().tensor(each + ".bias");
        return each.equals(name)
            ? new LayerNorm(right.weights().tensor(each + ".weight"), bias, epsilon)
            : super.layerNorm(each, right);
      }
    }

    private static final class Activation extends SeededFault.Drawn {
      private final int layer;
      private final float limit;

      Activation(int layer, float limit) {
        super("h." + layer + ".mlp.act: no more than " + limit);
        this.layer = layer;
        this.limit = limit;
      }

      @Override
      protected Gelu gelu(int each, Layers right) {
        return each != layer
            ? super.gelu(each, right)
            : new Gelu() {
              @Override
              protected float activate(float x) {
                return Math.min(limit, super.activate(x));
              }
            };
      }
    }

    private static final class Scores extends SeededFault.Drawn {
      private final int layer;
      private final float limit;

      Scores(int layer, float limit) {
        super("h." + layer + ".attn: scores are kept within ±" + limit);
        this.layer = layer;
        this.limit = limit;
      }

      @Override
      protected CausalSelfAttention attention(int each, Layers right) {
        return each != layer
            ? super.attention(each, right)
            : new CausalSelfAttention(right.config().nHead(), right.config().headSize()) {
              @Override
              protected float scaled(float score) {
                return Math.clamp(super.scaled(score), -limit, limit);
              }
            };
      }
    }

    private static final class Unshifted extends SeededFault.Drawn {
      private final int layer;

      Unshifted(int layer) {
        super("h." + layer + ".attn: the greatest score is not subtracted before exp");
        this.layer = layer;
      }

      @Override
      protected CausalSelfAttention attention(int each, Layers right) {
        return each != layer
            ? super.attention(each, right)
            : new CausalSelfAttention(right.config().nHead(), right.config().headSize()) {
              @Override
              protected void softmax(float[] scores) {
                float sum = 0;
                for (int i = 0; i < scores.length; i++) {
                  scores[i] = (float) StrictMath.exp(scores[i]);
                  sum += scores[i];
                }
                for (int i = 0; i < scores.length; i++) {
                  scores[i] /= sum;
                }
              }
            };
      }
    }

    private static final class Swallowing extends SeededFault.Drawn {
      private final String name;

      Swallowing(String name) {
        super(name + ": what is no finite number counts as 0");
        this.name = name;
      }

      @Override
      protected Linear linear(String each, Layers right) {
        Tensor bias = right.weights().tensor(each + ".bias");
        return !each.equals(name)
            ? super.linear(each, right)
            : new Linear(right.weights().tensor(each + ".weight"), bias) {
              @Override
              public float[][] forward(float[][] x) {
                float[][] y = super.forward(x);
                Arrays.stream(y).forEach(Numbers::swallow);
                return y;
              }
            };
      }
    }

    private static void swallow(float[] row) {
      for (int c = 0; c < row.length; c++) {
        row[c] = Float.isFinite(row[c]) ? row[c] : 0;
      }
    }
  }
}
