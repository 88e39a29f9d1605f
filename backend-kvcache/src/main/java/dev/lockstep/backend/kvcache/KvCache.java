package dev.lockstep.backend.kvcache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The keys and values of every position that a session holds, layer by layer.
///
/// Row s of a layer is position s, `[C]`, all heads side by side. Rows come into being as positions
/// do, so a short sequence never pays for the whole context: `2 · 4 · L · C` bytes a position (72
/// KiB for the 124M shape), plus a reference per row. Rewinding drops rows, so that a stale one
/// cannot be read again.
public class KvCache {
  private final float[][][] keys;
  private final float[][][] values;

  /// An empty cache for `layers` layers and at most `positions` positions.
  public KvCache(int layers, int positions) {
    keys = new float[layers][positions][];
    values = new float[layers][positions][];
  }

  /// Keeps the keys and values of positions `firstPosition`, `firstPosition + 1` …
  ///
  /// @param k `[T, C]`; the rows are kept, not copied
  /// @param v `[T, C]`; the rows are kept, not copied
  public void append(int layer, int firstPosition, float[][] k, float[][] v) {
    System.arraycopy(k, 0, keys[layer], firstPosition, k.length);
    System.arraycopy(v, 0, values[layer], firstPosition, v.length);
  }

  /// Keys of a layer, row s for position s; rows not yet appended are null.
  public float[][] keys(int layer) {
    return keys[layer];
  }

  /// Values of a layer, row s for position s; rows not yet appended are null.
  public float[][] values(int layer) {
    return values[layer];
  }

  /// Forgets every position from `position` on.
  public void rewind(int position) {
    for (int layer = 0; layer < keys.length; layer++) {
      forget(keys[layer], position);
      forget(values[layer], position);
    }
  }

  private static void forget(float[] @Nullable [] rows, int position) {
    Arrays.fill(rows, position, rows.length, null);
  }
}
