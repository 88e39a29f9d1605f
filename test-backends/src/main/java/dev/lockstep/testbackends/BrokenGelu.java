package dev.lockstep.testbackends;

import dev.lockstep.backend.naive.f32.Gelu;
import dev.lockstep.backend.naive.f32.Layers;

/// Bugs in the GELU of the second block.
public abstract class BrokenGelu extends BrokenBackend {
  private static final int LAYER = 1;

  BrokenGelu(String id, String description) {
    super(id, description, "h." + LAYER + ".mlp.act");
  }

  /// The wrong function of one element.
  protected abstract double broken(double x);

  @Override
  protected Gelu gelu(int layer, Layers right) {
    return layer != LAYER
        ? right.gelu(layer)
        : new Gelu() {
          @Override
          protected float activate(float x) {
            return (float) broken(x);
          }
        };
  }

  /// The exact GELU, `x · Φ(x)`, where GPT-2 has the tanh form; they differ by up to 5e-4.
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "the exact GELU (erf)",
      laws = "logitsAreTheReferences")
  public static final class Erf extends BrokenGelu {
    public Erf() {
      super("broken-gelu-erf", "the exact GELU instead of the tanh form");
    }

    @Override
    protected double broken(double x) {
      return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    }

    /// To 1.5e-7 (Abramowitz and Stegun, 7.1.26).
    private static double erf(double x) {
      double t = 1 / (1 + 0.3275911 * Math.abs(x));
      double sum = 1.061405429;
      for (double a : new double[] {-1.453152027, 1.421413741, -0.284496736, 0.254829592}) {
        sum = sum * t + a;
      }
      return Math.copySign(1 - sum * t * StrictMath.exp(-x * x), x);
    }
  }

  /// `tanh(√(2/π) · x)`
  @CaughtBy(
      steps = {"logits", "explain"},
      hint = "GELU without its cubic term",
      laws = {"greedyTokensAreTheReferences", "logitsAreTheReferences"})
  public static final class Cube extends BrokenGelu {
    public Cube() {
      super("broken-gelu-cube", "the tanh form without its cubic term");
    }

    @Override
    protected double broken(double x) {
      return 0.5 * x * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * x));
    }
  }

  /// 0.0447 for 0.044715: off by up to 7e-6 near 2, which a network's rounding can hide.
  @CaughtBy(
      steps = "explain",
      hint = "as if tanh were approximated: it is off by up to 1.0e-05",
      laws = "everyOperationIsWhatItsInputsGive")
  public static final class Coefficient extends BrokenGelu {
    public Coefficient() {
      super("broken-gelu-coefficient", "the tanh form with 0.0447 for 0.044715");
    }

    @Override
    protected double broken(double x) {
      return 0.5 * x * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * (x + 0.0447 * x * x * x)));
    }
  }
}
