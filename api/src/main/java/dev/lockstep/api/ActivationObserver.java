package dev.lockstep.api;

/// Is shown activations as a backend computes them.
///
/// An activation of `T` tokens is shown as `T` rows, in order of position. `ln_f` and `lm_head` are
/// shown only for the positions whose logits were asked for. At each position the order of the
/// activations is that of the computation; whether a call is shown operation by operation or token
/// by token is the backend's choice.
@FunctionalInterface
public interface ActivationObserver {

  /// One row of an activation: `values[offset .. offset + length)`, valid during the call only, to
  /// be read only.
  ///
  /// @param name as [Activations] lists them
  /// @param position the position in the sequence
  void observe(String name, int position, float[] values, int offset, int length);

  /// As above for a backend that computes in double precision. The default narrows.
  default void observe(String name, int position, double[] values, int offset, int length) {
    float[] narrow = new float[length];
    for (int i = 0; i < length; i++) {
      narrow[i] = (float) values[offset + i];
    }
    observe(name, position, narrow, 0, length);
  }
}
