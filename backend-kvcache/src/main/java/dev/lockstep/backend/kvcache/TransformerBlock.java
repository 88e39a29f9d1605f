package dev.lockstep.backend.kvcache;

import dev.lockstep.backend.naive.f32.ActivationTap;
import dev.lockstep.backend.naive.f32.CausalSelfAttention;
import dev.lockstep.backend.naive.f32.LayerNorm;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.Mlp;
import dev.lockstep.backend.naive.f32.Rows;

/// One block, pre-LayerNorm as in GPT-2:
///
/// `x = x + c_proj(attention(split(c_attn(ln_1(x)))))`, then `x = x + mlp(ln_2(x))`.
///
/// It is given the new positions only. Keys and values of the past come from the cache.
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

  /// @param x `[T, C]`, positions firstPosition … firstPosition + T − 1
  /// @return `[T, C]`
  public float[][] forward(float[][] x, KvCache cache, int firstPosition, ActivationTap tap) {
    float[][] normalised = ln1.forward(x);
    tap.show(layer, "ln_1", normalised);
    float[][] qkv = attn.forward(normalised);
    tap.show(layer, "attn.c_attn", qkv);
    float[][] q = Rows.columns(qkv, 0, channels);
    float[][] k = Rows.columns(qkv, channels, channels);
    float[][] v = Rows.columns(qkv, 2 * channels, channels);
    cache.append(layer, firstPosition, k, v);
    float[][] heads = attention.forward(q, cache.keys(layer), cache.values(layer), firstPosition);
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
