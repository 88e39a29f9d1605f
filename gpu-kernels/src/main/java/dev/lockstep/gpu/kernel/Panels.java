package dev.lockstep.gpu.kernel;

/// The layout of a weight matrix on the device: `[N / width, K, width]`, K-major panels of `width`
/// outputs. A work-group that computes a panel reads one contiguous stream; neighbouring threads
/// read neighbouring floats. Outputs past N are zeros, which nobody stores.
///
/// @param inputs K
/// @param outputs N
/// @param width outputs of a panel: 8 lanes times the floats that a lane loads at once
public record Panels(int inputs, int outputs, int width) {
  /// Threads that share a row of a panel.
  public static final int LANES = 8;

  /// How many panels.
  public int count() {
    return Math.ceilDiv(outputs, width);
  }

  /// Floats of all panels, padding included.
  public long floats() {
    return (long) count() * inputs * width;
  }

  /// Where element (k, n) lies.
  public long index(int k, int n) {
    return ((long) (n / width) * inputs + k) * width + n % width;
  }
}
