package dev.lockstep.testbackends;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What a bug does to a row.
///
/// @param seed draws the channels, when it is known how many there are
record Distortion(Sort sort, long seed) {
  /// How.
  enum Sort {
    SIGN("the sign of channel %d is wrong"),
    ZERO("channels %d to the next multiple of 8 are 0"),
    SWAPPED("channel %d and the one after it change places"),
    SCALED("everything from channel %d on is a fiftieth too large"),
    STALE("channel %d is what it was in the row before");

    private final String words;

    Sort(String words) {
      this.words = words;
    }
  }

  static Distortion drawn(Draw draw) {
    return new Distortion(draw.of(List.of(Sort.values())), draw.seed());
  }

  private int channel(int channels) {
    return new SplittableRandom(seed).nextInt(channels);
  }

  String describe() {
    return sort.words.replace("%d", "x");
  }

  /// Distorts a row of a batch in place.
  void apply(float[][] rows, int t) {
    float[] row = rows[t];
    int c = channel(row.length);
    switch (sort) {
      case SIGN -> row[c] = -row[c];
      case ZERO -> Arrays.fill(row, c, Math.min(row.length, (c / 8 + 1) * 8), 0);
      case SWAPPED -> {
        int next = (c + 1) % row.length;
        float kept = row[c];
        row[c] = row[next];
        row[next] = kept;
      }
      case SCALED -> {
        for (int i = c; i < row.length; i++) {
          row[i] *= 1.02f;
        }
      }
      case STALE -> row[c] = t > 0 ? rows[t - 1][c] : 0;
    }
  }
}
