package dev.lockstep.backend.simd.network;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.tile.Matrix;
import java.lang.foreign.Arena;

/// Keys and values of every position, per layer and head, as right-hand operands of products.
///
/// Keys are a matrix `[hs, positions]`, so that the lanes of `q · Kᵀ` are positions; values are
/// `[positions, hs]`, so that the lanes of `p · V` are channels. Both lie in the layout of the
/// weights ([Matrix]), for the whole context; memory that no position has touched costs nothing.
public final class KvCache {
  private final int heads;
  private final Matrix[] keys;
  private final Matrix[] values;

  /// @param packed panels off-heap in `arena`, or plain arrays on the heap
  public KvCache(Gpt2Config config, boolean packed, Arena arena) {
    heads = config.nHead();
    keys = new Matrix[config.nLayer() * heads];
    values = new Matrix[keys.length];
    int channels = config.headSize();
    int positions = config.nPositions();
    if (!packed) {
      for (int i = 0; i < keys.length; i++) {
        keys[i] = Matrix.plain(channels, positions);
        values[i] = Matrix.plain(positions, channels);
      }
      return;
    }
    long address = OffHeap.allocate(bytes(config), arena).address();
    for (int i = 0; i < keys.length; i++) {
      keys[i] = Matrix.packed(address, channels, positions);
      address += Matrix.packedBytes(channels, positions);
      values[i] = Matrix.packed(address, positions, channels);
      address += Matrix.packedBytes(positions, channels);
    }
  }

  /// Bytes that the cache of one session takes when its context is full.
  public static long bytes(Gpt2Config config) {
    return (long) config.nLayer()
        * config.nHead()
        * (Matrix.packedBytes(config.headSize(), config.nPositions())
            + Matrix.packedBytes(config.nPositions(), config.headSize()));
  }

  Matrix keys(int layer, int head) {
    return keys[layer * heads + head];
  }

  Matrix values(int layer, int head) {
    return values[layer * heads + head];
  }
}
