package dev.lockstep.backend.naive.f32;

/// One block, pre-LayerNorm as in GPT-2:
///
/// `x = x + c_proj(attention(split(c_attn(ln_1(x)))))`, then `x = x + mlp(ln_2(x))`.
///
/// It is given every position of the sequence, so keys and values of the past are computed again
/// with every token. That is what stage 2 does away with.
final class TransformerBlock {
  private final int layer;
  private final int channels;
  private final LayerNorm ln1;
  private final Linear attn;
  private final CausalSelfAttention attention;
  private final Linear attnProj;
  private final LayerNorm ln2;
  private final Mlp mlp;

  public TransformerBlock(int layer, Layers layers) {
    this.layer = layer;
    channels = layers.config().nEmbd();
    ln1 = layers.layerNorm("h." + layer + ".ln_1");
    attn = layers.linear("h." + layer + ".attn.c_attn");
    attention = layers.attention(layer);
    attnProj = layers.linear("h." + layer + ".attn.c_proj");
    ln2 = layers.layerNorm("h." + layer + ".ln_2");
    mlp = new Mlp(layer, layers);
  }

  /// @param x `[T, C]`, positions 0 … T − 1
  /// @return `[T, C]`
  public float[][] forward(float[][] x, ActivationTap tap) {
    float[][] normalised = ln1.forward(x);
    tap.show(layer, "ln_1", normalised);
    float[][] qkv = attn.forward(normalised);
    tap.show(layer, "attn.c_attn", qkv);
    float[][] q = Rows.columns(qkv, 0, channels);
    float[][] k = Rows.columns(qkv, channels, channels);
    float[][] v = Rows.columns(qkv, 2 * channels, channels);
    float[][] heads = attention.forward(q, k, v, 0);
    tap.show(layer, "attn.c_proj.in", heads);
    float[][] attended = attnProj.forward(heads);
    tap.show(layer, "attn.c_proj", attended);
    float[][] middle = Rows.add(x, attended);
    tap.show(layer, "ln_2.in", middle);
    float[][] normalisedMiddle = ln2.forward(middle);
    tap.show(layer, "ln_2", normalisedMiddle);
    float[][] y = Rows.add(middle, mlp.forward(normalisedMiddle, tap));
    tap.show(layer, "", y);
    return y;
  }
}
