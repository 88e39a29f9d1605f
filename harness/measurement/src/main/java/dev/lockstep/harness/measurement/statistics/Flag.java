package dev.lockstep.harness.measurement.statistics;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What makes a sample's time doubtful: something else than the backend's work took a share of it.
/// A flagged sample is kept and counted, never dropped.
public enum Flag {
  /// Another worker was not idle while it waited.
  IDLE_CPU("another worker was at work"),
  /// Its threads stood in line for a processor. Not told of a backend that does not say how many
  /// threads it has: they may have stood in each other's way.
  CPU_WAIT("its threads waited for a processor"),
  /// It touched memory for the first time.
  PAGE_FAULTS("memory was touched for the first time"),
  /// Code was compiled meanwhile.
  COMPILATION("code was compiled"),
  /// A server sent several tokens at once: what lay between them is not known.
  SEVERAL_TOKENS("several tokens came in one chunk");

  /// Above this share of one core a waiting worker is not idle.
  private static final double IDLE_CPU_PERCENT = 1;

  /// What takes more than this share of a sample's time makes it doubtful.
  private static final double DOUBTFUL_SHARE = 1.0 / 20;

  private final String reason;

  Flag(String reason) {
    this.reason = reason;
  }

  /// The word in `samples.csv`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// In words.
  public String reason() {
    return reason;
  }

  static Set<Flag> of(Sample.Resources used, @Nullable Integer threads, double e2eMillis) {
    double doubtfulMillis = DOUBTFUL_SHARE * e2eMillis;
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    addIf(flags, IDLE_CPU, used.idleCpuPercent(), IDLE_CPU_PERCENT);
    if (threads != null) {
      double limit = DOUBTFUL_SHARE * wantedCpuMillis(used, e2eMillis);
      addIf(flags, CPU_WAIT, used.cpuWaitMillis(), limit);
    }
    addIf(flags, PAGE_FAULTS, used.faultMillis(), doubtfulMillis);
    Long jitMillis = used.jitMillis();
    addIf(
        flags, COMPILATION, jitMillis == null ? null : (Double) (double) jitMillis, doubtfulMillis);
    return flags;
  }

  /// How long its threads ran or would have run. Several wait several times as long together.
  private static double wantedCpuMillis(Sample.Resources used, double e2eMillis) {
    Long ran = used.cpuMillis();
    Double waited = used.cpuWaitMillis();
    return ran == null || waited == null ? e2eMillis : Math.max(e2eMillis, ran + waited);
  }

  private static void addIf(Set<Flag> flags, Flag flag, @Nullable Double value, double limit) {
    if (value != null && value > limit) {
      flags.add(flag);
    }
  }
}
