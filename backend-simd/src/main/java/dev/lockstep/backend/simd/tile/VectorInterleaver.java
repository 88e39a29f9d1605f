package dev.lockstep.backend.simd.tile;

import dev.lockstep.backend.simd.vector.SpeciesCopy;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Interleaves with vectors: rows are zipped like the halves of a deck of cards, three times. First
/// those that are four apart, then what is two apart, then what is one apart; after that element c
/// of row r is at `8c + r`, at any width of the vectors. A zip is one instruction a vector.
///
/// Element by element it takes longer, since a core stores at most two elements a cycle.
///
/// This class is never used as it stands: every width has a copy ([SpeciesCopy]).
final class VectorInterleaver implements Interleaver {
  private static final VectorSpecies<Float> S = SpeciesCopy.species(MethodHandles.lookup());
  private static final int WIDTH = S.length();

  /// Which elements of two vectors, counted through, make the first half of their zip.
  private static final FloatVector LOW = zipFrom(0);

  /// The second half.
  private static final FloatVector HIGH = zipFrom(WIDTH / 2);

  VectorInterleaver() {}

  private static FloatVector zipFrom(int element) {
    float[] order = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      order[i] = element + i / 2 + i % 2 * WIDTH;
    }
    return FloatVector.fromArray(S, order, 0);
  }

  @Override
  public void run(float[] from, int at, int ld, int rows, float[] to, int toAt, int columns) {
    int last = rows - 1;
    int whole = columns - columns % WIDTH;
    for (int c = 0; c < whole; c += WIDTH) {
      zip(from, at + c, ld, last, to, toAt + c * RowBlocks.HEIGHT);
    }
    for (int c = whole; c < columns; c++) {
      for (int row = 0; row < RowBlocks.HEIGHT; row++) {
        to[toAt + c * RowBlocks.HEIGHT + row] = from[at + Math.min(row, last) * ld + c];
      }
    }
  }

  private static void zip(float[] from, int at, int ld, int last, float[] to, int toAt) {
    FloatVector r0 = FloatVector.fromArray(S, from, at);
    FloatVector r1 = FloatVector.fromArray(S, from, at + Math.min(1, last) * ld);
    FloatVector r2 = FloatVector.fromArray(S, from, at + Math.min(2, last) * ld);
    FloatVector r3 = FloatVector.fromArray(S, from, at + Math.min(3, last) * ld);
    FloatVector r4 = FloatVector.fromArray(S, from, at + Math.min(4, last) * ld);
    FloatVector r5 = FloatVector.fromArray(S, from, at + Math.min(5, last) * ld);
    FloatVector r6 = FloatVector.fromArray(S, from, at + Math.min(6, last) * ld);
    FloatVector r7 = FloatVector.fromArray(S, from, at + Math.min(7, last) * ld);
    FloatVector low04 = LOW.selectFrom(r0, r4);
    FloatVector low15 = LOW.selectFrom(r1, r5);
    FloatVector low26 = LOW.selectFrom(r2, r6);
    FloatVector low37 = LOW.selectFrom(r3, r7);
    zipTwice(low04, low15, low26, low37, to, toAt);
    FloatVector high04 = HIGH.selectFrom(r0, r4);
    FloatVector high15 = HIGH.selectFrom(r1, r5);
    FloatVector high26 = HIGH.selectFrom(r2, r6);
    FloatVector high37 = HIGH.selectFrom(r3, r7);
    zipTwice(high04, high15, high26, high37, to, toAt + 4 * WIDTH);
  }

  private static void zipTwice(
      FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] to, int toAt) {
    zip(LOW.selectFrom(a, c), LOW.selectFrom(b, d), to, toAt);
    zip(HIGH.selectFrom(a, c), HIGH.selectFrom(b, d), to, toAt + 2 * WIDTH);
  }

  private static void zip(FloatVector even, FloatVector odd, float[] to, int toAt) {
    LOW.selectFrom(even, odd).intoArray(to, toAt);
    HIGH.selectFrom(even, odd).intoArray(to, toAt + WIDTH);
  }
}
