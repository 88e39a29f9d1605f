package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.LmHead;
import java.util.List;
import java.util.function.Supplier;

/// The kinds of bugs that are drawn and strike an operation: by its weights, by the call, by what
/// was done before. [SeededNumbers], [SeededChoice] and [SeededCheat] are the others.
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
}
