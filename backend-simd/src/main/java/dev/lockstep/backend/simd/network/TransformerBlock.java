package dev.lockstep.backend.simd.network;

import dev.lockstep.backend.simd.network.Linear.Then;

/// One block, pre-LayerNorm as in GPT-2:
///
/// `x = x + c_proj(attention(split(c_attn(ln_1(x)))))`, then `x = x + mlp(ln_2(x))`.
final class TransformerBlock {
  private final int layer;
  private final LayerNorm ln1;
  private final Linear attn;
  private final CausalSelfAttention attention;
  private final Linear attnProj;
  private final LayerNorm ln2;
  private final Mlp mlp;

  TransformerBlock(
      int layer,
      LayerNorm ln1,
      Linear attn,
      CausalSelfAttention attention,
      Linear attnProj,
      LayerNorm ln2,
      Mlp mlp) {
    this.layer = layer;
    this.ln1 = ln1;
    this.attn = attn;
    this.attention = attention;
    this.attnProj = attnProj;
    this.ln2 = ln2;
    this.mlp = mlp;
  }

  /// The first half: queries, keys and values of every row; the latter two go to the cache.
  void appendKeysAndValues(int worker, Pass pass) {
    Workspace workspace = pass.workspace();
    Buffer normalised = workspace.normalised;
    int h0 = ln1.forward(worker, pass, workspace.x, normalised);
    pass.show(worker, layer, "ln_1", normalised);
    attn.forward(worker, pass, pass.rows(), normalised, h0, workspace.qkv, Then.DONE);
    pass.show(worker, layer, "attn.c_attn", workspace.qkv);
    attention.append(worker, pass, workspace.qkv);
  }

  /// The rest, for the rows that are left: adds their output to the residual stream.
  void forward(int worker, Pass pass) {
    Workspace workspace = pass.workspace();
    Buffer x = workspace.x;
    Buffer normalised = workspace.normalised;
    Buffer heads = workspace.heads;
    attention.forward(worker, pass, workspace.qkv, heads);
    pass.show(worker, layer, "attn.c_proj.in", heads);
    attnProj.addToStream(worker, pass, heads, layer, "attn.c_proj");
    pass.show(worker, layer, "ln_2.in", x);
    int h0 = ln2.forward(worker, pass, x, normalised);
    pass.show(worker, layer, "ln_2", normalised);
    mlp.forward(worker, pass, normalised, h0);
    pass.show(worker, layer, "", x);
  }
}
