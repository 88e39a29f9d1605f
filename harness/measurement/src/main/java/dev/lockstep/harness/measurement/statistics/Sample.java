package dev.lockstep.harness.measurement.statistics;

import org.jspecify.annotations.Nullable;

/// One timed generation: a row of `samples.csv`. Null is "not measured" and becomes a blank.
/// Columns are described in `results/SCHEMA.md`.
public record Sample(
    Key key,
    String device,
    @Nullable Integer threads,
    int promptTokens,
    int newTokens,
    String variation,
    String status,
    String match,
    @Nullable Integer firstDifference,
    @Nullable Timing timing,
    @Nullable Load load,
    @Nullable Resources resources,
    @Nullable Limits limits,
    String reason) {

  public static final String OK = "ok";
  public static final String MISMATCH = "mismatch";
  public static final String UNAVAILABLE = "unavailable";
  public static final String NOT_RUN = "not_run";

  /// In place of a match class for a backend that declares itself approximate.
  public static final String APPROXIMATE = "APPROXIMATE";

  /// What tells a row from the others.
  ///
  /// @param fork from 1
  /// @param round from 1
  /// @param options what the user set, `name=value:name=value`
  public record Key(int fork, int round, String backend, String options, String promptId) {
    /// As the user would write it after `-b`.
    public String label() {
      return options.isEmpty() ? backend : backend + ":" + options;
    }
  }

  /// @param ttftMillis from just before the prompt's ids enter the backend to the first new id
  /// @param e2eMillis to the last new id
  /// @param itlMillis the gaps between consecutive new ids, in the order of the tokens; empty where
  ///     an earlier file does not tell them
  public record Timing(double ttftMillis, double e2eMillis, double[] itlMillis) {
    public Timing {
      itlMillis = itlMillis.clone();
    }

    /// A copy, whose order is the caller's to change.
    @Override
    public double[] itlMillis() {
      return itlMillis.clone();
    }

    /// Nanoseconds of each token since the start, as a worker reports them.
    public static Timing of(long[] tokenNanos) {
      double[] gaps = new double[tokenNanos.length - 1];
      for (int i = 0; i < gaps.length; i++) {
        gaps[i] = (tokenNanos[i + 1] - tokenNanos[i]) / 1e6;
      }
      return new Timing(tokenNanos[0] / 1e6, tokenNanos[tokenNanos.length - 1] / 1e6, gaps);
    }

    public double decodeMillis() {
      return e2eMillis - ttftMillis;
    }
  }

  /// What starting the worker cost.
  ///
  /// @param coldTtftMillis the first generation in the fresh JVM; null if it failed
  public record Load(double loadMillis, @Nullable Double coldTtftMillis) {}

  /// @param idleCpuPercent processor time of the waiting workers during the sample, of one core
  /// @param deviceBytes memory held on a device that is not the CPU
  public record Resources(
      long gcMillis,
      long jitMillis,
      @Nullable Long cpuMillis,
      @Nullable Long peakRssBytes,
      long heapBytes,
      @Nullable Long deviceBytes,
      @Nullable Double idleCpuPercent) {

    /// Above this the sample is flagged: something else was at work.
    public static final double IDLE_CPU_FLAG_PERCENT = 1;

    public boolean isFlagged() {
      return idleCpuPercent != null && idleCpuPercent > IDLE_CPU_FLAG_PERCENT;
    }
  }

  /// @param readGigabytesPerSecond the ceiling measured in this round
  /// @param fmaGigaflops the ceiling measured in this round
  /// @param prefillPercent limit time over measured time of the first token
  /// @param decodePercent limit time over measured time of the others; null if there are none
  public record Limits(
      double readGigabytesPerSecond,
      double fmaGigaflops,
      double prefillPercent,
      @Nullable Double decodePercent) {}

  /// Whether it was carried out: it need not be done again.
  public boolean isFinished() {
    return status.equals(OK) || status.equals(MISMATCH);
  }

  /// Whether its speed counts.
  public boolean isTimed() {
    return timing != null;
  }
}
