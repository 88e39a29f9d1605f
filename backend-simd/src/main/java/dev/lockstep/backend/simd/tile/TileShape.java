package dev.lockstep.backend.simd.tile;

import java.util.Locale;

/// The shape of a tile, and how a kernel computes it.
///
/// @param rows rows of A at once
/// @param panels panels of B at once, each 16 columns wide
/// @param vectorBits 128, 256 or 512
/// @param packed whether B is packed off-heap or plain on the heap
/// @param unroll steps of k per turn of the loop
public record TileShape(int rows, int panels, int vectorBits, boolean packed, int unroll) {
  public TileShape {
    if (rows < 1 || panels < 1 || unroll < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a tile of %d rows, %d panels, unrolled %d times",
              rows,
              panels,
              unroll));
    }
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      throw new IllegalArgumentException("vectors of " + vectorBits + " bits");
    }
  }

  /// Lanes of a vector.
  int lanes() {
    return vectorBits / Float.SIZE;
  }

  /// Vectors of a panel.
  int vectorsPerPanel() {
    return Matrix.PANEL / lanes();
  }

  /// Vectors of a row of the tile.
  int vectors() {
    return panels * vectorsPerPanel();
  }

  /// As a class may be called.
  String name() {
    return String.format(
        Locale.ROOT, "%dx%d_%d_%s", rows, panels, vectorBits, packed ? "packed" : "plain");
  }
}
