package dev.lockstep.backend.simd.row;

import static dev.lockstep.backend.simd.row.Elementary.*;

import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The row operations with vectors: twin of [ScalarRows], method by method, bit by bit.
///
/// This class is never used as it stands: every width has a copy ([SpeciesCopy]), in which `S` is a
/// constant to the compiler.
///
/// Whole blocks of 16 elements go through vectors, what is left (at most 15) through [Elementary].
/// The rows of a softmax end anywhere, so its last block has a mask instead.
final class VectorRows implements RowKernels {
  private static final VectorSpecies<Float> S = SpeciesCopy.species(MethodHandles.lookup());
  private static final int WIDTH = S.length();

  // Constants as vectors: a broadcast in the loop would be hoisted too, but each costs the
  // compiler a hundred nodes of its budget for inlining, and when that runs out every vector
  // becomes an object.
  private static final FloatVector V_ONE = broadcast(1f);
  private static final FloatVector V_LOG2_E = broadcast(LOG2_E);
  private static final FloatVector V_ROUNDER = broadcast(ROUNDER);
  private static final FloatVector V_LN2_HIGH = broadcast(-LN2_HIGH);
  private static final FloatVector V_LN2_LOW = broadcast(-LN2_LOW);
  private static final FloatVector V_E2 = broadcast(E2);
  private static final FloatVector V_E3 = broadcast(E3);
  private static final FloatVector V_E4 = broadcast(E4);
  private static final FloatVector V_E5 = broadcast(E5);
  private static final FloatVector V_E6 = broadcast(E6);
  private static final FloatVector V_EXP_LOWEST = broadcast(-EXP_LIMIT);
  private static final FloatVector V_EXP_LIMIT = broadcast(EXP_LIMIT);
  private static final FloatVector V_GELU_CUBE = broadcast(GELU_CUBE);
  private static final FloatVector V_GELU_SCALE = broadcast(GELU_SCALE);
  private static final IntVector V_BIAS =
      broadcast(Float.intBitsToFloat(EXPONENT_BIAS)).reinterpretAsInts();

  private final float[] lanes = new float[LANES];

  VectorRows() {}

  private static int whole(int n) {
    return n - n % LANES;
  }

  @Override
  public void layerNorm(
      float[] x, int x0, float[] gain, float[] bias, double epsilon, float[] y, int y0, int n) {
    float mean = sum(x, x0, n) / n;
    float variance = squares(x, x0, n, mean) / n;
    float reciprocal = (float) (1 / Math.sqrt(variance + epsilon));
    int whole = whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector.fromArray(S, x, x0 + i)
          .sub(mean)
          .mul(reciprocal)
          .fma(FloatVector.fromArray(S, gain, i), FloatVector.fromArray(S, bias, i))
          .intoArray(y, y0 + i);
    }
    for (int i = whole; i < n; i++) {
      y[y0 + i] = Math.fma((x[x0 + i] - mean) * reciprocal, gain[i], bias[i]);
    }
  }

  private float sum(float[] x, int x0, int n) {
    int whole = whole(n);
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(S);
      for (int i = lane; i < whole; i += LANES) {
        sum = sum.add(FloatVector.fromArray(S, x, x0 + i));
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < n; i++) {
      lanes[i - whole] += x[x0 + i];
    }
    return RowKernels.fold(lanes);
  }

  private float squares(float[] x, int x0, int n, float mean) {
    int whole = whole(n);
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(S);
      for (int i = lane; i < whole; i += LANES) {
        FloatVector difference = FloatVector.fromArray(S, x, x0 + i).sub(mean);
        sum = difference.fma(difference, sum);
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < n; i++) {
      float difference = x[x0 + i] - mean;
      lanes[i - whole] = Math.fma(difference, difference, lanes[i - whole]);
    }
    return RowKernels.fold(lanes);
  }

  @Override
  public void gelu(float[] x, int x0, int n) {
    int whole = whole(n);
    for (int i = x0; i < x0 + whole; i += WIDTH) {
      gelu(FloatVector.fromArray(S, x, i)).intoArray(x, i);
    }
    for (int i = x0 + whole; i < x0 + n; i++) {
      x[i] = Elementary.gelu(x[i]);
    }
  }

  private static FloatVector gelu(FloatVector x) {
    FloatVector cubed = x.mul(x).mul(x);
    FloatVector inner = cubed.fma(V_GELU_CUBE, x).mul(V_GELU_SCALE);
    FloatVector limited = notBelowLowest(inner);
    limited = limited.blend(V_EXP_LIMIT, limited.compare(VectorOperators.GT, V_EXP_LIMIT));
    return x.div(exp(limited).add(V_ONE));
  }

  /// `max(x, −87)`, without what Java's max does for the sign of zero. NaN stays NaN.
  private static FloatVector notBelowLowest(FloatVector x) {
    return x.blend(V_EXP_LOWEST, x.compare(VectorOperators.LT, V_EXP_LOWEST));
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.fma(V_LOG2_E, V_ROUNDER);
    FloatVector n = shifted.sub(V_ROUNDER);
    FloatVector r = n.fma(V_LN2_LOW, n.fma(V_LN2_HIGH, x));
    FloatVector q = r.fma(V_E6, V_E5);
    q = q.fma(r, V_E4);
    q = q.fma(r, V_E3);
    q = q.fma(r, V_E2);
    FloatVector p = r.mul(r).fma(q, r).add(V_ONE);
    IntVector bits =
        shifted.reinterpretAsInts().add(V_BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    return p.mul(bits.reinterpretAsFloats());
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(S, value);
  }

  @Override
  public void add(float[] x, int x0, float[] y, int y0, int n) {
    int whole = whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector.fromArray(S, x, x0 + i)
          .add(FloatVector.fromArray(S, y, y0 + i))
          .intoArray(x, x0 + i);
    }
    for (int i = whole; i < n; i++) {
      x[x0 + i] += y[y0 + i];
    }
  }

  @Override
  public float exponentials(float[] s, int s0, int n, float scale) {
    float max = max(s, s0, n);
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(S);
      for (int i = lane; i < n; i += LANES) {
        VectorMask<Float> present = S.indexInRange(i, n);
        FloatVector score = FloatVector.fromArray(S, s, s0 + i, present);
        FloatVector e = exp(notBelowLowest(score.sub(max).mul(scale)));
        e.intoArray(s, s0 + i, present);
        sum = sum.add(e, present);
      }
      sum.intoArray(lanes, lane);
    }
    return RowKernels.fold(lanes);
  }

  /// Four chains, since a maximum that heeds NaN and the sign of zero takes a dozen cycles.
  private float max(float[] s, int s0, int n) {
    int whole = whole(n);
    FloatVector most = broadcast(Float.NEGATIVE_INFINITY);
    FloatVector second = most;
    FloatVector third = most;
    FloatVector fourth = most;
    int i = 0;
    for (; i < whole - 3 * WIDTH; i += 4 * WIDTH) {
      most = most.max(FloatVector.fromArray(S, s, s0 + i));
      second = second.max(FloatVector.fromArray(S, s, s0 + i + WIDTH));
      third = third.max(FloatVector.fromArray(S, s, s0 + i + 2 * WIDTH));
      fourth = fourth.max(FloatVector.fromArray(S, s, s0 + i + 3 * WIDTH));
    }
    for (; i < whole; i += WIDTH) {
      most = most.max(FloatVector.fromArray(S, s, s0 + i));
    }
    most = most.max(second).max(third.max(fourth));
    float max = most.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      max = Math.max(max, s[s0 + i]);
    }
    return max;
  }

  @Override
  public void scale(float[] x, int x0, float factor, float[] y, int y0, int n) {
    int whole = whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector.fromArray(S, x, x0 + i).mul(factor).intoArray(y, y0 + i);
    }
    for (int i = whole; i < n; i++) {
      y[y0 + i] = x[x0 + i] * factor;
    }
  }

  @Override
  public int argmax(float[] x, int x0, int n) {
    float max = max(x, x0, n);
    if (Float.isNaN(max)) {
      return ScalarRows.greatest(x, x0, n);
    }
    int whole = whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      VectorMask<Float> equal = FloatVector.fromArray(S, x, x0 + i).eq(max);
      if (equal.anyTrue()) {
        return i + equal.firstTrue();
      }
    }
    return whole + ScalarRows.greatest(x, x0 + whole, n - whole);
  }
}
