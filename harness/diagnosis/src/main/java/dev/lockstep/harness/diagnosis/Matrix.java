package dev.lockstep.harness.diagnosis;

import dev.lockstep.api.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// A weight matrix, read in place.
///
/// @param tensor `[in, out]`, or `[out, in]` if `transposed`
/// @param transposed whether a row of the tensor belongs to an output: embeddings used as a head
/// @param as what is done to every element on its way, the identity but in a hypothesis
record Matrix(Tensor tensor, boolean transposed, DoubleUnaryOperator as) {

  static Matrix of(Tensor tensor) {
    return new Matrix(tensor, false, DoubleUnaryOperator.identity());
  }

  /// `[V, C]`, a row per output.
  static Matrix head(Tensor tensor) {
    return new Matrix(tensor, true, DoubleUnaryOperator.identity());
  }

  Matrix as(DoubleUnaryOperator rounding) {
    return new Matrix(tensor, transposed, rounding);
  }

  /// Read the other way round, which makes sense for a square one.
  Matrix flipped() {
    return new Matrix(tensor, !transposed, as);
  }

  /// The same numbers in the same order, taken for a matrix `[out, in]` that is not square.
  Matrix reinterpreted() {
    List<Integer> shape = List.of(tensor.shape().get(1), tensor.shape().get(0));
    return new Matrix(new Tensor(tensor.name(), shape, tensor.data()), !transposed, as);
  }

  int inputs() {
    return tensor.shape().get(transposed ? 1 : 0);
  }

  int outputs() {
    return tensor.shape().get(transposed ? 0 : 1);
  }

  /// One element.
  double at(int input, int output) {
    long index = transposed ? (long) output * inputs() + input : (long) input * outputs() + output;
    return as.applyAsDouble(tensor.get(index));
  }

  /// A part of a row of the tensor.
  ///
  /// @param row an output if `transposed`, else an input
  double[] row(int row, int from, int length) {
    int width = tensor.shape().get(1);
    float[] raw = tensor.toArray((long) row * width + from, length);
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = as.applyAsDouble(raw[i]);
    }
    return values;
  }
}
