package dev.lockstep.harness.measurement.statistics;

import dev.lockstep.harness.verification.MatchClass;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One timed generation: a row of `samples.csv`. Null is "not measured" and becomes a blank.
/// Columns are described in `results/SCHEMA.md`.
public record Sample(
    Key key,
    Work work,
    Execution execution,
    Result result,
    @Nullable Timing timing,
    @Nullable Load load,
    @Nullable Resources resources,
    @Nullable Limits limits) {

  /// A sample that has no speed because it was not carried out.
  public static Sample untimed(
      Key key, Work work, Execution execution, Status status, @Nullable Load load, String reason) {
    return new Sample(
        key, work, execution, new Result(status, null, null, reason), null, load, null, null);
  }

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

  /// What was to be done.
  ///
  /// @param depth how many tokens were in the cache before the clock started
  /// @param newTokens how many the backend gave, where it answered
  /// @param variation `plain`, or which prefix of its own the prompt had
  public record Work(int depth, int promptTokens, int newTokens, String variation) {}

  /// What it ran on, as the backend says.
  ///
  /// @param device empty if it said nothing
  /// @param lessWork why it may be faster than all of the work allows; empty if it said nothing
  /// @param clock whose clock took its times; empty if that is not known
  public record Execution(String device, @Nullable Integer threads, String lessWork, String clock) {
    /// That of the harness's own worker.
    public static final String WORKER_CLOCK = "worker";

    /// That of an engine that speaks the worker protocol.
    public static final String ENGINE_CLOCK = "engine";

    /// Where a server's answers arrive.
    public static final String CLIENT_CLOCK = "client";

    /// Where nothing ran.
    public static final Execution NONE = new Execution("", null, "", "");
  }

  /// What came of it.
  ///
  /// @param match null if nothing was compared
  /// @param firstDifference which new token is the first that differs, from 0
  /// @param reason why it is not `ok`; empty if it is
  public record Result(
      Status status, @Nullable MatchClass match, @Nullable Integer firstDifference, String reason) {
    /// The tokens are the reference's.
    public static final Result IDENTICAL = new Result(Status.OK, MatchClass.IDENTICAL, null, "");
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

  /// @param cpuWaitMillis how long threads were ready to run and no processor was free
  /// @param pageFaults pages that were touched for the first time, or read from disk
  /// @param faultMillis what these faults cost
  /// @param idleCpuPercent processor time of the waiting workers during the sample, of one core
  /// @param deviceBytes memory held on a device that is not the CPU
  public record Resources(
      @Nullable Long gcMillis,
      @Nullable Long jitMillis,
      @Nullable Long cpuMillis,
      @Nullable Double cpuWaitMillis,
      @Nullable Long pageFaults,
      @Nullable Double faultMillis,
      @Nullable Long contextSwitches,
      @Nullable Long peakRssBytes,
      @Nullable Long heapBytes,
      @Nullable Long deviceBytes,
      @Nullable Double idleCpuPercent) {}

  /// @param readGigabytesPerSecond the ceiling measured in this round
  /// @param fmaGigaflops the ceiling measured in this round
  /// @param prefillPercent limit time over measured time of the first token
  /// @param decodePercent limit time over measured time of the others; null if there are none
  public record Limits(
      double readGigabytesPerSecond,
      double fmaGigaflops,
      double prefillPercent,
      @Nullable Double decodePercent) {}

  public int depth() {
    return work.depth;
  }

  public int promptTokens() {
    return work.promptTokens;
  }

  public int newTokens() {
    return work.newTokens;
  }

  public String variation() {
    return work.variation;
  }

  public String device() {
    return execution.device;
  }

  public @Nullable Integer threads() {
    return execution.threads;
  }

  public String lessWork() {
    return execution.lessWork;
  }

  public String clock() {
    return execution.clock;
  }

  public Status status() {
    return result.status;
  }

  public @Nullable MatchClass match() {
    return result.match;
  }

  public @Nullable Integer firstDifference() {
    return result.firstDifference;
  }

  public String reason() {
    return result.reason;
  }

  /// Whether it was carried out: it need not be done again.
  public boolean isFinished() {
    return status() == Status.OK || status() == Status.MISMATCH;
  }

  /// What else was at work while it was timed.
  public Set<Flag> flags() {
    if (resources == null || timing == null) {
      return EnumSet.noneOf(Flag.class);
    }
    Set<Flag> flags = Flag.of(resources, execution.threads, timing.e2eMillis());
    boolean together = Arrays.stream(timing.itlMillis).anyMatch(gap -> gap == 0);
    if (together && execution.clock.equals(Execution.CLIENT_CLOCK)) {
      flags.add(Flag.SEVERAL_TOKENS);
    }
    return flags;
  }

  /// Whether its speed counts.
  public boolean isTimed() {
    return timing != null;
  }
}
