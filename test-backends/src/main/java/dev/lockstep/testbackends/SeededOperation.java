package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.TokenSink;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.Embedding;
import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import java.util.concurrent.atomic.AtomicInteger;

/// One operation whose rows are distorted under some condition.
final class SeededOperation extends SeededFault.Drawn {
  private final String operation;
  private final Condition condition;
  private final Distortion distortion;
  private final ThreadLocal<Call> call = new ThreadLocal<>();
  private final ThreadLocal<Session> session = new ThreadLocal<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();

  SeededOperation(String operation, Condition condition, String when, Distortion distortion) {
    super("%s, %s: %s".formatted(operation, when, distortion.describe()));
    this.operation = operation;
    this.condition = condition;
    this.distortion = distortion;
  }

  /// Whether a row is distorted.
  @FunctionalInterface
  interface Condition {
    boolean holds(Call call, int row);
  }

  /// A call to a session.
  ///
  /// @param number from 1, of all calls to the model
  /// @param session whose call it is
  /// @param open how many sessions are open
  /// @param otherThread whether the session was made by another thread
  record Call(
      int firstPosition, int[] tokens, int number, Session session, int open, boolean otherThread) {
    int position(int row) {
      return firstPosition + row;
    }
  }

  /// What has been done with a session.
  static final class Session {
    final int number;
    final Thread maker = Thread.currentThread();
    int rewinds;
    long computed;

    Session(int number) {
      this.number = number;
    }
  }

  private float[][] distorted(String each, float[][] rows) {
    Call current = call.get();
    if (each.equals(operation) && current != null) {
      for (int t = rows.length - 1; t >= 0; t--) {
        // The last block may compute fewer rows than the call has.
        if (condition.holds(current, current.tokens().length - rows.length + t)) {
          distortion.apply(rows, t);
        }
      }
    }
    return rows;
  }

  @Override
  protected Embedding embedding(Layers right) {
    return new Embedding(right.weights().wte(), right.weights().wpe()) {
      @Override
      public float[][] forward(int[] tokens, int firstPosition) {
        Session own = session.get();
        Thread thread = Thread.currentThread();
        call.set(
            new Call(
                firstPosition,
                tokens,
                calls.incrementAndGet(),
                own,
                open.get(),
                !own.maker.equals(thread)));
        own.computed += tokens.length;
        return distorted(Activations.EMBEDDING, super.forward(tokens, firstPosition));
      }
    };
  }

  @Override
  protected LayerNorm layerNorm(String name, Layers right) {
    return new LayerNorm(
        right.weights().tensor(name + ".weight"),
        right.weights().tensor(name + ".bias"),
        right.config().layerNormEpsilon()) {
      @Override
      public float[][] forward(float[][] x) {
        return distorted(name, super.forward(x));
      }
    };
  }

  @Override
  protected Linear linear(String name, Layers right) {
    return new Linear(
        right.weights().tensor(name + ".weight"), right.weights().tensor(name + ".bias")) {
      @Override
      public float[][] forward(float[][] x) {
        return distorted(name, super.forward(x));
      }
    };
  }

  @Override
  protected CausalSelfAttention attention(int layer, Layers right) {
    return new CausalSelfAttention(right.config().nHead(), right.config().headSize()) {
      @Override
      public float[][] forward(float[][] q, float[][] k, float[][] v, int firstPosition) {
        return distorted(Activations.block(layer, "attn"), super.forward(q, k, v, firstPosition));
      }
    };
  }

  @Override
  protected Gelu gelu(int layer, Layers right) {
    return new Gelu() {
      @Override
      public float[][] forward(float[][] x) {
        return distorted(Activations.block(layer, "mlp.act"), super.forward(x));
      }
    };
  }

  @Override
  protected InferenceSession session(InferenceSession right) {
    Session own = new Session(sessions.incrementAndGet());
    open.incrementAndGet();
    return new Watched(right, own);
  }

  /// Tells the operations whose call it is.
  private final class Watched extends DelegatingSession {
    private final Session own;
    private boolean closed;

    Watched(InferenceSession right, Session own) {
      super(right);
      this.own = own;
    }

    @Override
    public float[] forward(int... tokens) {
      session.set(own);
      return right.forward(tokens);
    }

    @Override
    public int forwardGreedy(int... tokens) {
      session.set(own);
      return right.forwardGreedy(tokens);
    }

    @Override
    public void generateGreedy(int[] prompt, int n, TokenSink sink) {
      session.set(own);
      right.generateGreedy(
          prompt,
          n,
          token -> {
            sink.accept(token);
            session.set(own); // The sink may have used another.
          });
    }

    @Override
    public void forwardAll(int[] tokens, LogitsConsumer each) {
      session.set(own);
      right.forwardAll(tokens, each);
    }

    @Override
    public void rewind(int position) {
      right.rewind(position);
      own.rewinds += position > 0 ? 1 : 0;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
      }
      right.close();
    }
  }
}
