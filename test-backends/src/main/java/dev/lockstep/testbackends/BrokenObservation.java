package dev.lockstep.testbackends;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.InferenceSession;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Right results, wrong accounts of how they came about.
public abstract class BrokenObservation extends BrokenBackend {
  private BrokenObservation(String id, String description) {
    super(id, description, "");
  }

  /// Shows one row that was computed to the observer.
  protected abstract void show(
      ActivationObserver observer, String name, int position, float[] values, int length);

  @Override
  protected InferenceSession session(InferenceSession right) {
    return new DelegatingSession(right) {
      @Override
      public Set<String> observe(@Nullable ActivationObserver observer) {
        return right.observe(
            observer == null
                ? null
                : (name, position, values, offset, length) ->
                    show(observer, name, position, values, length));
      }
    };
  }

  /// Rows are shown under the names of another library.
  @CaughtBy(laws = "everyActivationThatIsPromisedIsShownWithItsShape")
  public static final class Names extends BrokenObservation {
    public Names() {
      super("broken-activation-names", "activations have other names");
    }

    @Override
    protected void show(
        ActivationObserver observer, String name, int position, float[] values, int length) {
      observer.observe("transformer." + name, position, values, 0, length);
    }
  }

  /// The last channel is not shown.
  @CaughtBy(laws = "everyActivationThatIsPromisedIsShownWithItsShape")
  public static final class Lengths extends BrokenObservation {
    public Lengths() {
      super("broken-activation-lengths", "activations lack their last channel");
    }

    @Override
    protected void show(
        ActivationObserver observer, String name, int position, float[] values, int length) {
      observer.observe(name, position, values, 0, length - 1);
    }
  }

  /// Positions are counted within the call.
  @CaughtBy(
      steps = "explain",
      blamed = "wte+wpe",
      hint = "it is the row of the position before",
      laws = "everyActivationThatIsPromisedIsShownWithItsShape")
  public static final class Positions extends BrokenObservation {
    public Positions() {
      super("broken-activation-positions", "activations have wrong positions");
    }

    @Override
    protected void show(
        ActivationObserver observer, String name, int position, float[] values, int length) {
      observer.observe(name, position + 1, values, 0, length);
    }
  }

  /// What is shown as the residual stream is not what went on.
  @CaughtBy(steps = "explain", blamed = "h.0.ln_2.in", laws = "everyOperationIsWhatItsInputsGive")
  public static final class Values extends BrokenObservation {
    public Values() {
      super("broken-activation-values", "a shown activation is not the one that was computed");
    }

    @Override
    protected void show(
        ActivationObserver observer, String name, int position, float[] values, int length) {
      float[] shown = values.clone();
      if (name.equals(Activations.block(0, "ln_2.in"))) {
        shown[0] += 1e-3f;
      }
      observer.observe(name, position, shown, 0, length);
    }
  }

  /// A time is told for tokens that are not computed.
  @CaughtBy(laws = "timingOperationsComputesWhatForwardDoes")
  public static final class Clock extends BrokenBackend {
    public Clock() {
      super("broken-operation-clock", "operations are timed and not computed", "");
    }

    @Override
    protected InferenceSession session(InferenceSession right) {
      return new DelegatingSession(right) {
        @Override
        public Map<String, Long> timeOperations(int... tokens) {
          return Map.of(Activations.LM_HEAD, 1L);
        }
      };
    }
  }
}
