package dev.lockstep.backend.simd.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Logits;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.simd.memory.OffHeap;
import dev.lockstep.backend.simd.row.RowKernels;
import dev.lockstep.backend.simd.row.RowKernelsFactory;
import dev.lockstep.backend.simd.tile.Matrix;
import dev.lockstep.backend.simd.tile.MatrixPacker;
import dev.lockstep.backend.simd.tile.MatrixProduct;
import dev.lockstep.backend.simd.tile.RowWindow;
import dev.lockstep.backend.simd.tile.TileKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The certified head finds what the full product finds, on rows made to deceive it.
class CertifiedArgmaxTest {
  private static final int ROWS = 333;
  private static final int CHANNELS = 200;
  private static final int WORKERS = 2;

  private final SplittableRandom random = new SplittableRandom(3);

  /// lm_head `[V, C]` and a normalised row.
  private record Problem(float[][] weights, float[] x) {
    /// The chain of the full product.
    float logit(int row) {
      float sum = 0;
      for (int c = 0; c < x.length; c++) {
        sum = Math.fma(x[c], weights[row][c], sum);
      }
      return sum;
    }

    float[] logits() {
      float[] logits = new float[weights.length];
      for (int row = 0; row < logits.length; row++) {
        logits[row] = logit(row);
      }
      return logits;
    }

    Problem negated() {
      float[] negated = x.clone();
      for (int c = 0; c < x.length; c++) {
        negated[c] = -x[c];
      }
      return new Problem(weights, negated);
    }
  }

  private record Answer(int id, float[] upperEnds, String statistics) {}

  private float[] gaussian(int n, double scale) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  private Problem gaussianProblem() {
    float[][] weights = new float[ROWS][];
    for (int row = 0; row < ROWS; row++) {
      weights[row] = gaussian(CHANNELS, 0.1);
    }
    return new Problem(weights, gaussian(CHANNELS, 1));
  }

  private static Answer certify(Problem problem, int bits) {
    int rows = problem.weights.length;
    int channels = problem.x.length;
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = tensor(problem.weights, channels, arena);
      Matrix full =
          Matrix.packed(
              OffHeap.allocate(Matrix.packedBytes(channels, rows), arena).address(),
              channels,
              rows);
      MatrixPacker.transposed(tensor, full, 0, 1);
      QuantisedRows quantised = new QuantisedRows(rows, channels, true, arena);
      quantised.quantise(tensor, 0, 2);
      quantised.quantise(tensor, 1, 2);
      MatrixProduct product = new MatrixProduct(new TileKernels(bits, true, true, 32));
      float[] zeros = new float[Matrix.padded(rows)];
      CertifiedArgmax certified =
          new CertifiedArgmax(quantised, full, product, bits, zeros, WORKERS);
      float[] logits = new float[Matrix.padded(rows)];
      RowWindow x = new RowWindow().setRow(problem.x, 0);
      for (int worker = 0; worker < WORKERS; worker++) {
        certified.scan(worker, x);
      }
      int best = -1;
      for (int worker = 0; worker < WORKERS; worker++) {
        int id = certified.best(worker, RowKernelsFactory.create(bits), x, logits);
        if (id >= 0 && (best < 0 || RowKernels.wins(logits[id], logits[best]))) {
          best = id;
        }
      }
      return new Answer(best, certified.upperEnds(), certified.statistics());
    }
  }

  private static Tensor tensor(float[][] weights, int channels, Arena arena) {
    MemorySegment data = arena.allocate(4L * weights.length * channels, 4);
    for (int row = 0; row < weights.length; row++) {
      MemorySegment.copy(weights[row], 0, data, Tensor.LAYOUT, 4L * row * channels, channels);
    }
    return new Tensor("lm_head.weight", List.of(weights.length, channels), data.asReadOnly());
  }

  private static void check(Problem problem, int bits) {
    Answer answer = certify(problem, bits);
    assertEquals(Logits.argmax(problem.logits()), answer.id(), answer.statistics());
  }

  /// Every logit lies below its upper end, and, since the bound does not know the sign of x, above
  /// its lower end too.
  private static void checkIntervals(Problem problem, int bits) {
    for (Problem side : List.of(problem, problem.negated())) {
      Answer answer = certify(side, bits);
      float[] logits = side.logits();
      for (int row = 0; row < logits.length; row++) {
        assertTrue(logits[row] <= answer.upperEnds()[row], "row " + row);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void gaussianRowsAreCertified(int bits) {
    for (int i = 0; i < 20; i++) {
      check(gaussianProblem(), bits);
    }
    checkIntervals(gaussianProblem(), bits);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void ofEqualRowsTheLowestIdWins(int bits) {
    Problem problem = gaussianProblem();
    int best = Logits.argmax(problem.logits());
    for (int copy : new int[] {ROWS - 1, 17, 200}) {
      problem.weights()[copy] = problem.weights()[best].clone();
    }
    check(problem, bits);
    assertEquals(Math.min(best, 17), certify(problem, bits).id());
  }

  /// Rows that differ from the best in the last bit of one weight: the 8-bit copies are the same.
  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void aRowThatWinsByOneUlpIsFound(int bits) {
    for (int i = 0; i < 20; i++) {
      Problem problem = gaussianProblem();
      int best = Logits.argmax(problem.logits());
      for (int row = 0; row < ROWS; row += 7) {
        float[] near = problem.weights()[best].clone();
        int c = random.nextInt(CHANNELS);
        near[c] = random.nextBoolean() ? Math.nextUp(near[c]) : Math.nextDown(near[c]);
        problem.weights()[row] = near;
      }
      check(problem, bits);
    }
  }

  /// Every weight lies half a step from its 8-bit value, on the side that x makes the most of: the
  /// estimates of even rows are too low by all that quantisation can do, those of odd rows too
  /// high.
  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void rowsAtTheBoundOfQuantisationAreInTheirIntervals(int bits) {
    Problem problem = gaussianProblem();
    for (int row = 0; row < ROWS; row++) {
      float step = 0.25f / 127;
      float[] weights = problem.weights()[row];
      for (int c = 0; c < CHANNELS; c++) {
        float sign = Math.signum(problem.x()[c]) * (row % 2 == 0 ? 1 : -1);
        weights[c] = step * (random.nextInt(-100, 101) + 0.4999f * sign);
      }
      weights[random.nextInt(CHANNELS)] = 0.25f;
    }
    check(problem, bits);
    checkIntervals(problem, bits);
  }

  /// Parallel to x in one block and zero elsewhere: Cauchy-Schwarz is an equation there.
  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void anOutlierChannelDoesNotEscapeTheBound(int bits) {
    Problem problem = gaussianProblem();
    problem.x()[70] = 3000;
    problem.x()[131] = -2000;
    for (int row = 0; row < ROWS; row += 5) {
      problem.weights()[row][70] = 0.3f;
      problem.weights()[row][131] = -0.2f + row * 1e-6f;
    }
    check(problem, bits);
    checkIntervals(problem, bits);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void manyCandidatesFallBackToTheFullProduct(int bits) {
    Problem problem = gaussianProblem();
    for (int row = 1; row < ROWS; row++) {
      problem.weights()[row] = problem.weights()[0].clone();
      problem.weights()[row][row % CHANNELS] += 1e-7f * (random.nextInt(3) - 1);
    }
    check(problem, bits);
    assertTrue(certify(problem, bits).statistics().contains("2 shares in full"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void whatIsNotAFiniteNumberIsLeftToTheFullProduct(int bits) {
    for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      Problem inTheRow = gaussianProblem();
      inTheRow.x()[5] = odd;
      check(inTheRow, bits);
      Problem inAWeight = gaussianProblem();
      inAWeight.weights()[40][7] = odd;
      check(inAWeight, bits);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 128, 256, 512})
  void zerosHugeAndTinyRowsAreCertified(int bits) {
    Problem problem = gaussianProblem();
    problem.weights()[3] = new float[CHANNELS];
    problem.weights()[4] = gaussian(CHANNELS, 1e-42);
    problem.weights()[5] = gaussian(CHANNELS, 1e13);
    check(problem, bits);
    check(problem.negated(), bits);
    check(new Problem(problem.weights(), new float[CHANNELS]), bits);
    check(new Problem(problem.weights(), gaussian(CHANNELS, 1e-30)), bits);
    check(new Problem(new float[ROWS][CHANNELS], gaussian(CHANNELS, 1)), bits);
  }
}
