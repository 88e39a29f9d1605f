package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Summary;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What is compared.
public enum Metric {
  /// The time to the first token.
  TTFT("TTFT ms", "ttft_ms_median", Sample.Timing::ttftMillis) {
    @Override
    @Nullable Double figure(Summary summary) {
      return summary.ttftMillis().median();
    }
  },
  /// The time of the tokens after the first.
  DECODE("decode tok/s", "decode_tps", Sample.Timing::decodeMillis) {
    @Override
    @Nullable Double figure(Summary summary) {
      return summary.decodeTokensPerSecond();
    }
  };

  private final String title;
  private final String column;
  private final ToDoubleFunction<Sample.Timing> millis;

  Metric(String title, String column, ToDoubleFunction<Sample.Timing> millis) {
    this.title = title;
    this.column = column;
    this.millis = millis;
  }

  /// As a table calls its figure.
  public String title() {
    return title;
  }

  /// The column of `summary.csv` with the same figure.
  public String column() {
    return column;
  }

  /// The time whose ratios are taken.
  double millis(Sample.Timing timing) {
    return millis.applyAsDouble(timing);
  }

  /// The absolute figure; null if it was not measured.
  abstract @Nullable Double figure(Summary summary);
}
