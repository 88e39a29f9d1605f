package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import java.util.List;
import java.util.Locale;

/// How a model's work is laid out on a device: widths of panels, what fits local memory, how many
/// work-groups. None of it touches a bit of a result ([SummationOrder] does that).
public record Geometry(Gpt2Config config, DeviceTraits traits) {
  /// Local floats that a sum over a work-group takes.
  static final int FOLD = 264;

  /// Columns of a tile in prefill.
  static final int TILE_COLUMNS = 64;

  /// Rows of the smallest tile; the others have twice and four times as many.
  static final int SMALL_TILE = 32;

  /// Queries that a work-group of prefill's attention looks for at once.
  public static final int QUERY_TILE = 16;

  /// Refuses a model whose kernels would not fit the device.
  ///
  /// @throws IllegalArgumentException naming what is too large
  public Geometry {
    long needed = attentionFloats(config) * Float.BYTES;
    if (needed > traits.localMemoryBytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "heads of %d channels and %d positions need %d bytes of local memory; %s has %d",
              config.headSize(),
              config.nPositions(),
              needed,
              traits.name(),
              traits.localMemoryBytes()));
    }
  }

  private static long attentionFloats(Gpt2Config config) {
    long row = 5L * config.headSize() + SummationOrder.KEY_BLOCK + 4 + FOLD;
    long tile = SummationOrder.KEY_BLOCK * (QUERY_TILE + 4L) + (16 + 1 + 4L) * QUERY_TILE;
    return Math.max(Math.max(row, tile), SummationOrder.keyBlocks(config.nPositions()));
  }

  /// Floats that a lane loads at once: as many as the device likes, unless the panels would then be
  /// too few for its compute units or mostly padding.
  public int vectorWidth(Product product) {
    int n = product.outputs(config);
    int width = Integer.highestOneBit(traits.vectorWidth());
    for (; width > 1; width /= 2) {
      int panel = width * Panels.LANES;
      int panels = Math.ceilDiv(n, panel);
      boolean fewPanels = 2 * panels < traits.computeUnits();
      boolean muchPadding = 4L * panels * panel > 5L * n;
      boolean muchMemory = 16L * SummationOrder.CHUNKS * panel > traits.localMemoryBytes();
      if (!fewPanels && !muchPadding && !muchMemory) {
        break;
      }
    }
    return width;
  }

  /// The layout of a product's weights.
  public Panels panels(Product product) {
    return new Panels(
        product.inputs(config), product.outputs(config), vectorWidth(product) * Panels.LANES);
  }

  /// Floats that are left free after each chunk of a row in local memory. The four chunks that a
  /// wave reads at once then lie in banks 0, 8, 16 and 24 of 32, whatever the chunk's length;
  /// without, chunks of 32 or 96 would all begin in bank 0, and the wave would read four times.
  int skew(Product product) {
    int skew = 0;
    if (traits.gpu()) {
      int chunk = SummationOrder.chunk(product.inputs(config));
      while ((chunk + skew) % 32 != 8 && (chunk + skew) % 32 != 24) {
        skew += 4;
      }
    }
    return skew;
  }

  /// Whether a product's input row is copied to local memory first; a row too long for it is read
  /// where it lies.
  public boolean stages(Product product) {
    return localBytes(product, 0) <= traits.localMemoryBytes();
  }

  /// Whether a product can compute its own input: LayerNorm, or attention's last step.
  public boolean fusesInput(Product product) {
    return switch (product) {
      case C_ATTN, C_FC, LM_HEAD -> stages(product);
      case C_PROJ ->
          localBytes(product, 2 * config.nHead() * keyBlocks() + config.nHead())
              <= traits.localMemoryBytes();
      case MLP_C_PROJ -> false;
    };
  }

  private long localBytes(Product product, int more) {
    long floats =
        (long) product.inputs(config) + (long) SummationOrder.CHUNKS * skew(product) + FOLD + more;
    return (floats + (long) SummationOrder.CHUNKS * panels(product).width()) * Float.BYTES;
  }

  public int keyBlocks() {
    return SummationOrder.keyBlocks(config.nPositions());
  }

  /// Floats of what attention leaves of one row: per head and block the sums, their denominator and
  /// the greatest score.
  public long partialFloats() {
    return (long) config.nHead() * keyBlocks() * (config.headSize() + 2);
  }

  /// Floats of the keys of one layer, `[NH, ⌈positions / 32⌉, hs, 32]`: lanes are positions.
  public long keyFloats() {
    return (long) Math.ceilDiv(config.nPositions(), SummationOrder.KEY_CHUNK)
        * SummationOrder.KEY_CHUNK
        * config.nEmbd();
  }

  /// Floats of the values of one layer, `[NH, positions, hs]`: lanes are channels.
  public long valueFloats() {
    return (long) config.nPositions() * config.nEmbd();
  }

  /// Work-groups for `items` equal pieces of work: one each, but no more than keep the device busy;
  /// who is done takes another.
  public int groups(long items) {
    return (int) Math.max(1, Math.min(items, (long) traits.computeUnits() * groupsPerUnit()));
  }

  private int groupsPerUnit() {
    return traits.gpu() ? 4 : 2;
  }

  /// Rows that prefill takes through the network at once.
  public int rows() {
    return Math.min(config.nPositions(), traits.gpu() ? 512 : 64);
  }

  /// Rows of the tiles that the device's kernels have, ascending. On a processor the large ones'
  /// sums, 32 or 64 floats a thread, do not fit the registers: there they take several times as
  /// long.
  List<Integer> tileSizes() {
    return traits.gpu() ? List.of(SMALL_TILE, 2 * SMALL_TILE, 4 * SMALL_TILE) : List.of(SMALL_TILE);
  }

  /// Rows of the tile for a product of `rows` rows: a larger one does more with what it loads, but
  /// only the smallest may leave compute units without work.
  public int tileRows(Product product, int rows) {
    int chosen = SMALL_TILE;
    for (int tile : tileSizes()) {
      if (rows > tile / 2 && tiles(product, rows, tile) >= traits.computeUnits()) {
        chosen = tile;
      }
    }
    return chosen;
  }

  /// How many tiles a product of `rows` rows has.
  public long tiles(Product product, int rows, int tileRows) {
    long across = Math.ceilDiv(product.outputs(config), TILE_COLUMNS);
    return across * Math.ceilDiv(rows, tileRows);
  }
}
