package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/// The kernels of one model: for every shape that is asked for, one, made when it is first needed.
public final class TileKernels {
  static final ByteOrder NATIVE_ORDER = ByteOrder.nativeOrder();

  /// The most rows of any kernel.
  public static final int MAX_ROWS = 10;

  private static final int MAX_PANELS = 8;

  /// Beside several rows there is no room for more.
  private static final int STREAMS_OF_ROWS = 2;

  /// Kernels have no state: models share them, and what the compiler made of them.
  private static final Map<TileShape, TileKernel> GENERATED = new ConcurrentHashMap<>();

  private static final Map<BlockShape, BlockKernel> GENERATED_BLOCKS = new ConcurrentHashMap<>();

  private static final Map<Integer, Interleaver> INTERLEAVERS = new ConcurrentHashMap<>();

  private record BlockShape(TileShape tile, int depth) {}

  private final int vectorBits;
  private final boolean packed;
  private final boolean tuned;
  private final int registers;
  private final AtomicReferenceArray<TileKernel> made =
      new AtomicReferenceArray<>((MAX_ROWS + 1) * (MAX_PANELS + 1));

  /// @param vectorBits 128, 256 or 512, or 0 for no vectors
  /// @param packed whether right-hand operands are packed
  /// @param tuned whether a kernel may have more than one chain
  /// @param registers vector registers of the machine, 16 or 32
  public TileKernels(int vectorBits, boolean packed, boolean tuned, int registers) {
    this.vectorBits = vectorBits;
    this.packed = packed;
    this.tuned = tuned;
    this.registers = registers;
  }

  /// Whether right-hand operands are packed.
  boolean isPacked() {
    return packed;
  }

  private boolean oneChain() {
    return !tuned || vectorBits == 0;
  }

  /// The most rows that a kernel can have beside `panels` panels before its accumulators, or the
  /// indices of its rows, spill from the registers.
  int maxRows(int panels) {
    if (oneChain()) {
      return 1;
    }
    int accumulators = registers == 32 ? 21 : 8;
    return Math.min(accumulators / (panels * vectorsPerPanel()), MAX_ROWS);
  }

  private int vectorsPerPanel() {
    return Matrix.PANEL * Float.SIZE / vectorBits;
  }

  /// Panels per tile in a product of `rows` rows: as many, up to 4, as leave room for all rows.
  /// More rows than that are cut into blocks, beside as many panels as leave room for most of them.
  int panelsFor(int rows) {
    if (oneChain()) {
      return 1;
    }
    for (int panels = 4; panels > 0; panels--) {
      if (maxRows(panels) >= rows) {
        return panels;
      }
    }
    return maxRows(2) == MAX_ROWS ? 2 : 1;
  }

  /// Whether interleaving this many rows first makes their product faster ([RowBlocks]).
  public boolean interleaves(int rows) {
    return !oneChain() && rows > MAX_ROWS;
  }

  /// Panels beside a block of interleaved rows: three vectors, or one panel if that has more.
  int panelsPerBlock() {
    return oneChain() ? 1 : Math.max(1, 3 / vectorsPerPanel());
  }

  /// Rows of a block: as many as leave their accumulators in registers. Interleaved rows have no
  /// indices that could spill, so there are more than [#maxRows].
  int rowsPerBlock() {
    if (oneChain()) {
      return 1;
    }
    int accumulators = registers == 32 ? 24 : 10;
    return Math.min(accumulators / (panelsPerBlock() * vectorsPerPanel()), RowBlocks.HEIGHT);
  }

  /// Floats of one tile of a product of interleaved rows.
  public int blockTileLength() {
    return rowsPerBlock() * panelsPerBlock() * Matrix.PANEL;
  }

  /// What interleaves rows, for kernels that want them so.
  Interleaver interleaver() {
    return INTERLEAVERS.computeIfAbsent(vectorBits, TileKernels::makeInterleaver);
  }

  private static Interleaver makeInterleaver(int vectorBits) {
    Class<?> copy = SpeciesCopy.define(MethodHandles.lookup(), VectorInterleaver.class, vectorBits);
    try {
      return (Interleaver) copy.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "cannot interleave with %d bits", vectorBits), e);
    }
  }

  /// Whether a product of this many rows is one tile high.
  boolean isOneTileHigh(int rows) {
    return rows <= maxRows(panelsFor(rows));
  }

  /// The numbers of far-apart streams that a product of one row may read at once.
  int[] streams() {
    if (oneChain()) {
      return new int[] {1};
    }
    int accumulators = registers == 32 ? 16 : 8;
    return IntStream.of(2, 4, MAX_PANELS)
        .filter(panels -> panels * vectorsPerPanel() <= accumulators)
        .toArray();
  }

  /// The number of far-apart streams that a product of a few rows reads at once.
  int streams(int rows) {
    return oneChain() ? 1 : Math.min(STREAMS_OF_ROWS, panelsFor(rows));
  }

  /// The kernel for a shape.
  public TileKernel kernel(int rows, int panels) {
    int index = rows * (MAX_PANELS + 1) + panels;
    TileKernel kernel = made.get(index);
    if (kernel == null) {
      TileKernel fresh = make(rows, panels);
      kernel = made.compareAndExchange(index, null, fresh);
      if (kernel == null) {
        kernel = fresh;
      }
    }
    return kernel;
  }

  private TileKernel make(int rows, int panels) {
    if (vectorBits == 0) {
      return ScalarTile.of(packed, tuned);
    }
    int unroll = tuned && rows == 1 && panels <= 4 ? 4 : 1;
    return GENERATED.computeIfAbsent(
        new TileShape(rows, panels, vectorBits, packed, unroll), TileGenerator::generate);
  }

  /// The kernel for a block of interleaved rows beside `panels` panels.
  BlockKernel blockKernel(int panels, int depth) {
    TileShape shape = new TileShape(rowsPerBlock(), panels, vectorBits, packed, 1);
    return GENERATED_BLOCKS.computeIfAbsent(
        new BlockShape(shape, depth), key -> BlockGenerator.generate(key.tile, key.depth));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d bits, %s, %s, %d registers",
        vectorBits,
        packed ? "packed" : "plain",
        tuned ? "tuned" : "one chain",
        registers);
  }
}
