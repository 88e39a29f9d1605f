package dev.lockstep.backend.simd.row;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.tck.Tolerance;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Row kernels of every width, at lengths around the lane counts and at odd offsets: the same bits
/// as the scalar twin, and near double precision.
class RowKernelsTest {
  private static final int[] LENGTHS = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 100, 257
  };
  private static final int OFFSET = 3;

  private final SplittableRandom random = new SplittableRandom(7);

  static Stream<Arguments> widthsAndLengths() {
    return IntStream.of(LENGTHS)
        .boxed()
        .flatMap(n -> Stream.of(128, 256, 512).map(bits -> Arguments.of(bits, n)));
  }

  private float[] row(int n) {
    float[] row = new float[n + 2 * OFFSET];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (random.nextGaussian() * 3);
    }
    return row;
  }

  @ParameterizedTest
  @MethodSource("widthsAndLengths")
  void layerNormIsTheSameAtEveryWidth(int bits, int n) {
    float[] x = row(n);
    float[] gain = row(n);
    float[] bias = row(n);
    float[] expected = row(n);
    float[] actual = expected.clone();
    RowKernelsFactory.create(0).layerNorm(x, OFFSET, gain, bias, 1e-5, expected, OFFSET, n);
    RowKernelsFactory.create(bits).layerNorm(x, OFFSET, gain, bias, 1e-5, actual, OFFSET, n);
    assertArrayEquals(expected, actual);
    double mean = IntStream.range(0, n).mapToDouble(i -> x[OFFSET + i]).sum() / n;
    double variance =
        IntStream.range(0, n).mapToDouble(i -> Math.pow(x[OFFSET + i] - mean, 2)).sum() / n;
    for (int i = 0; i < n; i++) {
      double centred = (x[OFFSET + i] - mean) / Math.sqrt(variance + 1e-5);
      double magnitude =
          (Math.abs(x[OFFSET + i]) + 10) / Math.sqrt(variance + 1e-5) * Math.abs(gain[i])
              + Math.abs(bias[i]);
      Tolerance.F32.assertSum(
          centred * gain[i] + bias[i], actual[OFFSET + i], n + 8, magnitude, "element " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("widthsAndLengths")
  void geluAndTheElementwiseSumsAreTheSameAtEveryWidth(int bits, int n) {
    RowKernels scalar = RowKernelsFactory.create(0);
    RowKernels vector = RowKernelsFactory.create(bits);
    float[] expected = row(n);
    float[] actual = expected.clone();
    float[] other = row(n);
    scalar.gelu(expected, OFFSET, n);
    vector.gelu(actual, OFFSET, n);
    assertArrayEquals(expected, actual);
    scalar.add(expected, OFFSET, other, 1, n);
    vector.add(actual, OFFSET, other, 1, n);
    assertArrayEquals(expected, actual);
    scalar.scale(other, 1, 0.7f, expected, OFFSET, n);
    vector.scale(other, 1, 0.7f, actual, OFFSET, n);
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @MethodSource("widthsAndLengths")
  void exponentialsAndTheirSumAreTheSameAtEveryWidth(int bits, int n) {
    float[] expected = row(n);
    float[] scores = expected.clone();
    float[] actual = expected.clone();
    float expectedSum = RowKernelsFactory.create(0).exponentials(expected, OFFSET, n, 0.3f);
    float actualSum = RowKernelsFactory.create(bits).exponentials(actual, OFFSET, n, 0.3f);
    assertEquals(expectedSum, actualSum);
    assertArrayEquals(expected, actual);
    double max = IntStream.range(0, n).mapToDouble(i -> scores[OFFSET + i]).max().orElseThrow();
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += Math.exp((scores[OFFSET + i] - max) * 0.3f);
    }
    Tolerance.F32.assertSum(sum, actualSum, n + 16, sum, "the denominator");
  }

  @ParameterizedTest
  @MethodSource("widthsAndLengths")
  void extremesAreTheSameAtEveryWidth(int bits, int n) {
    float[] extremes = {
      0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 87f, -87f, 88f, -88f, 1e10f, -1e10f, 1e38f, -1e38f
    };
    float[] expected = row(n);
    for (int i = 0; i < n; i++) {
      expected[OFFSET + i] = extremes[i % extremes.length];
    }
    float[] scores = expected.clone();
    float[] actual = expected.clone();
    RowKernelsFactory.create(0).gelu(expected, OFFSET, n);
    RowKernelsFactory.create(bits).gelu(actual, OFFSET, n);
    assertArrayEquals(expected, actual);
    float[] expectedScores = scores.clone();
    float expectedSum = RowKernelsFactory.create(0).exponentials(expectedScores, OFFSET, n, 1f);
    assertEquals(expectedSum, RowKernelsFactory.create(bits).exponentials(scores, OFFSET, n, 1f));
    assertArrayEquals(expectedScores, scores);
  }

  @ParameterizedTest
  @MethodSource("widthsAndLengths")
  void notANumberIsNotLost(int bits, int n) {
    RowKernels vector = RowKernelsFactory.create(bits);
    float[] x = row(n);
    x[OFFSET + n - 1] = Float.NaN;
    float[] scores = x.clone();
    assertEquals(Float.NaN, vector.exponentials(scores, OFFSET, n, 1f));
    vector.gelu(x, OFFSET, n);
    assertEquals(Float.NaN, x[OFFSET + n - 1]);
    assertEquals(0, Arrays.stream(new float[][] {x}).filter(row -> Float.isNaN(row[0])).count());
  }
}
