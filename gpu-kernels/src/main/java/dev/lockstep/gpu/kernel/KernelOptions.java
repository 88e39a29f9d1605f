package dev.lockstep.gpu.kernel;

/// How a model's kernels are written.
///
/// @param fuse LayerNorm, attention's last step, bias, GELU and the residual sum inside the
///     products, or each in a kernel of its own
/// @param specialise sizes as literals in the source, or as arguments of the kernels
/// @param oneOrder prefill's products in the chunks of decode, so that a prompt has the bits of its
///     tokens one by one; or each sum as one chain, which is faster
public record KernelOptions(boolean fuse, boolean specialise, boolean oneOrder) {
  /// Every step taken, and one order of arithmetic.
  public static final KernelOptions DEFAULT = new KernelOptions(true, true, true);

  /// The same with every operation a kernel of its own.
  public KernelOptions unfused() {
    return new KernelOptions(false, specialise, oneOrder);
  }

  /// The end of the name of a product's kernel for tiles of `rows` rows.
  public String tileSuffix(int rows) {
    return "_rows" + rows + (oneOrder ? "" : "_chain");
  }
}
