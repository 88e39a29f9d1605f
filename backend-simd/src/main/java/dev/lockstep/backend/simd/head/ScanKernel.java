package dev.lockstep.backend.simd.head;

import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The two loops of the certified head. Their results may differ in the last bits from width to
/// width: the bound covers every order of rounding, and what is certified does not depend on them.
interface ScanKernel {

  /// `y[j] = Σ_c x[c] · q[c, j]` for the 64 rows j of two panels, chains of fused steps. Two, far
  /// apart, because memory is read faster as two streams; they may be the same.
  ///
  /// @param first the address of a panel, whose sums begin at `y[first0]`
  /// @param second the address of another, whose sums begin at `y[second0]`
  void scan(
      float[] x, int x0, int channels, long first, long second, float[] y, int first0, int second0);

  /// From sums and bounds to intervals: with `A = y · scale` and
  /// `B = bound · (1 + 2⁻²⁰) + |A| · 2⁻²² + 10⁻³⁰`, replaces `y` by `A + B` and returns the
  /// greatest `A − B`; NaN if one of them is NaN.
  ///
  /// The factors round outwards: they exceed the roundings of these lines themselves.
  float intervals(float[] y, float[] scales, float[] bounds, int from, int n);

  /// The kernel for a vector width, 0 for none.
  static ScanKernel create(int vectorBits) {
    if (vectorBits == 0) {
      return new ScalarScan();
    }
    Class<?> copy =
        Copies.BY_WIDTH.computeIfAbsent(
            vectorBits, bits -> SpeciesCopy.define(MethodHandles.lookup(), VectorScan.class, bits));
    try {
      return (ScanKernel) copy.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a scan of " + vectorBits + " bits", e);
    }
  }

  /// Holder of the copies.
  final class Copies {
    private static final Map<Integer, Class<?>> BY_WIDTH = new ConcurrentHashMap<>();

    private Copies() {}
  }
}
