package dev.lockstep.harness.diagnosis.operation;

import dev.lockstep.api.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// A weight matrix, read in place.
///
/// @param tensor `[in, out]`, or `[out, in]` if `transposed`
/// @param transposed whether a row of the tensor belongs to an output: embeddings used as a head
/// @param as what is done to every element on its way, the identity except in a hypothesis
public record Matrix(Tensor tensor, boolean transposed, DoubleUnaryOperator as) {

  public static Matrix of(Tensor tensor) {
    return new Matrix(tensor, false, DoubleUnaryOperator.identity());
  }

  /// `[V, C]`, a row per output.
  public static Matrix head(Tensor tensor) {
    return new Matrix(tensor, true, DoubleUnaryOperator.identity());
  }

  public Matrix as(DoubleUnaryOperator rounding) {
    return new Matrix(tensor, transposed, rounding);
  }

  /// Read the other way round, which makes sense for a square one.
  public Matrix flipped() {
    return new Matrix(tensor, !transposed, as);
  }

  /// The same numbers in the same order, taken for a matrix `[out, in]` that is not square.
  public Matrix reinterpreted() {
    List<Integer> shape = List.of(tensor.shape().get(1), tensor.shape().get(0));
    return new Matrix(new Tensor(tensor.name(), shape, tensor.data()), !transposed, as);
  }

  public int inputs() {
    return tensor.shape().get(transposed ? 1 : 0);
  }

  public int outputs() {
    return tensor.shape().get(transposed ? 0 : 1);
  }

  /// One element.
  public double at(int input, int output) {
    long index = transposed ? (long) output * inputs() + input : (long) input * outputs() + output;
    return as.applyAsDouble(tensor.get(index));
  }

  /// A part of a row of the tensor.
  ///
  /// @param row an output if `transposed`, else an input
  public double[] row(int row, int from, int length) {
    int width = tensor.shape().get(1);
    return widened(tensor, (long) row * width + from, length, as);
  }

  /// Elements of a tensor in double precision.
  static double[] widened(Tensor tensor, long from, int length, DoubleUnaryOperator as) {
    float[] elements = tensor.toArray(from, length);
    double[] values = new double[length];
    Arrays.setAll(values, i -> as.applyAsDouble(elements[i]));
    return values;
  }
}
