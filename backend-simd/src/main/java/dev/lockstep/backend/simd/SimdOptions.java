package dev.lockstep.backend.simd;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.ChoiceOption;
import dev.lockstep.api.BackendOption.IntegerOption;
import dev.lockstep.api.BackendOption.SwitchOption;
import dev.lockstep.api.OptionValues;
import java.util.List;

/// What can be switched off, each to measure one step of the way alone. Links no incubator type.
///
/// @param aligned packed panels off-heap, or plain arrays on the heap
/// @param tuned register tiles of many chains, or one chain at a time
/// @param vector `off`, `128`, `256`, `512` or `max`
/// @param threads members of the worker pool
/// @param certifiedHead greedy tokens by an 8-bit scan and exact rescoring
record SimdOptions(
    boolean aligned, boolean tuned, String vector, int threads, boolean certifiedHead) {

  static final List<BackendOption> DECLARED =
      List.of(
          new SwitchOption(
              "aligned",
              true,
              "64-byte-aligned panels off-heap, on huge pages where there are any"),
          new ChoiceOption(
              "unroll",
              "tuned",
              List.of("1", "tuned"),
              "sums in memory or one chain at a time, or register tiles"),
          new ChoiceOption(
              "vector",
              "max",
              List.of("off", "128", "256", "512", "max"),
              "bits of a vector; max is the widest of this machine"),
          new IntegerOption("threads", cores(), 1, cores(), "worker threads, the caller included"),
          new ChoiceOption(
              "head",
              "full",
              List.of("full", "certified"),
              "greedy lm_head: every row, or an 8-bit scan with a proof and the rows that can win"));

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  static SimdOptions of(OptionValues values) {
    return new SimdOptions(
        values.isOn("aligned"),
        values.text("unroll").equals("tuned"),
        values.text("vector"),
        values.integer("threads"),
        values.text("head").equals("certified"));
  }
}
