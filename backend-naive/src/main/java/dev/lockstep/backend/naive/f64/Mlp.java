package dev.lockstep.backend.naive.f64;

/// The feed-forward half of a block: `c_proj(gelu(c_fc(x)))`, `[T, C] → [T, 4C] → [T, C]`.
public final class Mlp {
  private final int layer;
  private final Linear fc;
  private final Gelu gelu;
  private final Linear proj;

  public Mlp(int layer, Layers layers) {
    this.layer = layer;
    fc = layers.linear("h." + layer + ".mlp.c_fc");
    gelu = layers.gelu(layer);
    proj = layers.linear("h." + layer + ".mlp.c_proj");
  }

  public double[][] forward(double[][] x, ActivationTap tap) {
    double[][] hidden = fc.forward(x);
    tap.show(layer, "mlp.c_fc", hidden);
    double[][] active = gelu.forward(hidden);
    tap.show(layer, "mlp.act", active);
    double[][] y = proj.forward(active);
    tap.show(layer, "mlp.c_proj", y);
    return y;
  }
}
