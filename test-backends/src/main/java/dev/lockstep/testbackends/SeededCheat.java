package dev.lockstep.testbackends;

import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Work is saved where nobody is supposed to look: an answer that was given before is given again
/// where only a part of the question is the same, or a draft is handed over unchecked.
public final class SeededCheat extends SeededFault {
  public SeededCheat() {
    super("cheat", "an answer or a guess takes the place of the computation");
  }

  /// Tokens that need not be computed, or null.
  private interface Shortcut {
    int @Nullable [] guess(int[] prompt, int n);

    default void learn(int[] prompt, int[] tokens) {}

    /// The next token after those that are known, or −1.
    default int draft(List<Integer> known) {
      return -1;
    }
  }

  @Override
  BrokenBackend drawn(Draw draw) {
    int prefix = draw.between(1, 6);
    int bits = draw.between(3, 6);
    int grams = draw.between(1, 2);
    int after = draw.between(2, 8);
    return switch (draw.between(0, 4)) {
      case 0 ->
          new Cheat(
              "the answer to a prompt with the same first %s tokens".formatted(prefix),
              kept(prompt -> key(Arrays.copyOf(prompt, Math.min(prefix, prompt.length)))));
      case 1 ->
          new Cheat(
              "the answer to a prompt of the same length", kept(prompt -> List.of(prompt.length)));
      case 2 ->
          new Cheat(
              "the answer to a prompt with the same %s bits of a hash".formatted(bits),
              kept(prompt -> List.of(Arrays.hashCode(prompt) & ((1 << bits) - 1))));
      case 3 ->
          new Cheat(
              "what followed the last %s tokens before, unchecked".formatted(grams),
              new Shortcut() {
                @Override
                public int @Nullable [] guess(int[] prompt, int n) {
                  return null;
                }

                @Override
                public int draft(List<Integer> known) {
                  return followed(known, grams);
                }
              });
      default ->
          new Cheat(
              "after %s new tokens, the last one again".formatted(after), new Repeating(after));
    };
  }

  private static List<Integer> key(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }

  private static Shortcut kept(Function<int[], List<Integer>> key) {
    Map<List<Integer>, int[]> kept = new ConcurrentHashMap<>();
    return new Shortcut() {
      @Override
      public int @Nullable [] guess(int[] prompt, int n) {
        int[] tokens = kept.get(key.apply(prompt));
        return tokens == null || tokens.length < n ? null : Arrays.copyOf(tokens, n);
      }

      @Override
      public void learn(int[] prompt, int[] tokens) {
        kept.put(key.apply(prompt), tokens);
      }
    };
  }

  private static int followed(List<Integer> known, int grams) {
    int size = known.size();
    if (size <= grams) {
      return -1;
    }
    List<Integer> last = known.subList(size - grams, size);
    for (int at = size - grams - 1; at >= 0; at--) {
      if (known.subList(at, at + grams).equals(last)) {
        return known.get(at + grams);
      }
    }
    return -1;
  }

  /// Counts the new tokens by the prompt that it was asked about.
  private static final class Repeating implements Shortcut {
    private final int after;
    private int promptTokens;

    Repeating(int after) {
      this.after = after;
    }

    @Override
    public synchronized int @Nullable [] guess(int[] prompt, int n) {
      promptTokens = prompt.length;
      return null;
    }

    @Override
    public synchronized int draft(List<Integer> known) {
      return known.size() - promptTokens >= after ? known.getLast() : -1;
    }
  }

  private static final class Cheat extends Drawn {
    private final Shortcut shortcut;

    Cheat(String what, Shortcut shortcut) {
      super("generateGreedy gives " + what);
      this.shortcut = shortcut;
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public void generateGreedy(int[] prompt, int n, TokenSink sink) {
          SessionChecks.generate(config(), position(), prompt, n);
          boolean whole = position() == 0;
          int[] tokens = whole ? shortcut.guess(prompt, n) : null;
          if (tokens == null) {
            tokens = generated(prompt, n);
            if (whole) {
              shortcut.learn(prompt, tokens);
            }
          } else {
            int[] computed = Arrays.copyOf(prompt, prompt.length + n - 1);
            System.arraycopy(tokens, 0, computed, prompt.length, n - 1);
            right.forward(computed);
          }
          Arrays.stream(tokens).forEach(sink::accept);
        }

        private int[] generated(int[] prompt, int n) {
          List<Integer> known = new ArrayList<>(key(prompt));
          int[] tokens = new int[n];
          int[] next = prompt;
          for (int i = 0; i < n; i++) {
            int right = this.right.forwardGreedy(next);
            int draft = i == 0 ? -1 : shortcut.draft(known);
            tokens[i] = draft < 0 ? right : draft;
            known.add(tokens[i]);
            next = new int[] {tokens[i]};
          }
          return tokens;
        }
      };
    }
  }
}
