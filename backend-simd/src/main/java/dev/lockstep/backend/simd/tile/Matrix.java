package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// The right-hand operand `B [K, N]` of a product, in **panels** of 16 columns, in one of two
/// layouts. Element (k, n) lies at
/// `origin + n / 16 · panelStep + k · kStep + n mod 16`.
///
/// | layout | unit | `kStep` | `panelStep` | reading a panel |
/// |---|---|---|---|---|
/// | plain, on the heap: row-major `[K, N]`, as Hugging Face stores it | float | N | 16 | a line
/// here, a line `4N` bytes on |
/// | packed, off-heap: `[N / 16, K, 16]` | byte | 64 | 64 K | one contiguous stream of cache lines
/// |
///
/// Why 16: one cache line of floats, one vector of 512 bits, two of 256, four of 128. Columns past
/// N are padding: zeros when packed, whatever follows when plain. Their products land in padding of
/// the result, which is never read.
///
/// The same layouts hold weights, keys (K = channels of a head, N = positions) and values
/// (K = positions, N = channels), so that attention runs on the kernels of the linear layers.
///
/// @param heap the elements of a plain matrix, with at least 16 floats to spare; empty if packed
/// @param origin index of element (0, 0), or its address
/// @param panelStep from a panel to the next, in floats or bytes
/// @param kStep from a row to the next, in floats or bytes
/// @param inputs K
/// @param outputs N
public record Matrix(
    float[] heap, long origin, long panelStep, int kStep, int inputs, int outputs) {
  private static final float[] NOT_ON_THE_HEAP = {};

  /// No matrix yet.
  static final Matrix EMPTY = packed(0, 0, 0);

  /// Columns of a panel.
  public static final int PANEL = 16;

  /// Bytes of one row of a packed panel.
  public static final int PANEL_BYTES = PANEL * Float.BYTES;

  /// `n` rounded up to whole panels.
  public static int padded(int n) {
    return panels(n) * PANEL;
  }

  /// How many panels hold `n` columns.
  public static int panels(int n) {
    return Math.ceilDiv(n, PANEL);
  }

  /// Bytes of a packed matrix.
  public static long packedBytes(int inputs, int outputs) {
    return (long) inputs * padded(outputs) * Float.BYTES;
  }

  /// A packed matrix over memory at `address`, which the caller keeps alive.
  public static Matrix packed(long address, int inputs, int outputs) {
    return new Matrix(
        NOT_ON_THE_HEAP, address, (long) inputs * PANEL_BYTES, PANEL_BYTES, inputs, outputs);
  }

  /// A plain matrix of zeros.
  ///
  /// @throws IllegalArgumentException if it is larger than an array can be
  public static Matrix plain(int inputs, int outputs) {
    long elements = (long) inputs * outputs + PANEL;
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a plain matrix of %d x %d does not fit an array; use aligned=on",
              inputs,
              outputs));
    }
    return new Matrix(new float[(int) elements], 0, PANEL, outputs, inputs, outputs);
  }

  /// Whether it is packed off-heap.
  public boolean isPacked() {
    return heap.length == 0;
  }

  /// How many panels the columns make.
  public int panels() {
    return panels(outputs);
  }

  /// Where row `k` of panel `panel` begins.
  public long at(int panel, int k) {
    return origin + panel * panelStep + (long) k * kStep;
  }

  /// Writes 16 columns, or what there is of them, of row `k`.
  void setPanelRow(int panel, int k, float[] values, int from) {
    int length = Math.min(PANEL, outputs - panel * PANEL);
    if (!isPacked()) {
      System.arraycopy(values, from, heap, (int) at(panel, k), length);
      return;
    }
    MemorySegment.copy(
        values, from, OffHeap.EVERYTHING, ValueLayout.JAVA_FLOAT, at(panel, k), length);
  }

  /// Writes `values[from ..]` as row `k`, every column.
  public void setRow(int k, float[] values, int from) {
    for (int panel = 0; panel < panels(); panel++) {
      setPanelRow(panel, k, values, from + panel * PANEL);
    }
  }

  /// Writes `values[from ..]` as column `n`, every row.
  public void setColumn(int n, float[] values, int from) {
    long first = at(n / PANEL, 0);
    int lane = n % PANEL;
    if (!isPacked()) {
      for (int k = 0; k < inputs; k++) {
        heap[(int) first + k * kStep + lane] = values[from + k];
      }
      return;
    }
    for (int k = 0; k < inputs; k++) {
      OffHeap.EVERYTHING.set(
          ValueLayout.JAVA_FLOAT,
          first + (long) k * kStep + (long) lane * Float.BYTES,
          values[from + k]);
    }
  }
}
