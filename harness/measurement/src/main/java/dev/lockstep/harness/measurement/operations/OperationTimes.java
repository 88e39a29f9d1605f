package dev.lockstep.harness.measurement.operations;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the time of one forward pass goes.
///
/// @param backend its name, with the number of the copy
/// @param options what the user set, `name=value:name=value`
/// @param pass `prefill(128)` or `decode(10)`
/// @param clock by which the operations were timed: `host`, by when they were shown, or `device`
/// @param plainMillis the mean of the middle half of the passes that nobody watched
/// @param shownMillis of those whose operations were timed
/// @param repetitions how many there were of each
/// @param operations as the backend shows them, those of all blocks together, in the order of the
///     computation
/// @param ceilings of the device; null if they could not be measured
public record OperationTimes(
    String backend,
    String options,
    String pass,
    String clock,
    double plainMillis,
    double shownMillis,
    int repetitions,
    List<Operation> operations,
    @Nullable Ceilings ceilings) {
  private static final String DEVICE = "device";

  public OperationTimes {
    operations = List.copyOf(operations);
  }

  /// @param name `h.*.mlp.c_fc` stands for all blocks
  /// @param measuredMillis in the passes whose operations were timed
  /// @param millis the same, scaled so that all of them together are the plain time
  /// @param share of the plain time
  /// @param percentOfLimit how near the least that the device allows it comes; null if its ceilings
  ///     are not known
  public record Operation(
      String name,
      double measuredMillis,
      double millis,
      double share,
      OperationCost cost,
      @Nullable Double percentOfLimit) {

    /// What could be saved at most; null if that is not known.
    public @Nullable Double aboveLimitMillis() {
      Double percent = percentOfLimit;
      return percent == null ? null : millis * (1 - percent / 100);
    }
  }

  /// What a worker measured, held against what the device allows.
  public static OperationTimes of(
      String backend,
      String options,
      Pass pass,
      Gpt2Config config,
      Reply.OperationTimes measured,
      @Nullable Ceilings ceilings) {
    Map<String, Double> nanos = new LinkedHashMap<>();
    Map<String, OperationCost> costs = new LinkedHashMap<>();
    double sum = 0;
    for (int i = 0; i < measured.names().size(); i++) {
      String name = measured.names().get(i);
      String all = OperationCost.inAllBlocks(name);
      nanos.merge(all, (double) measured.nanos()[i], Double::sum);
      costs.merge(
          all, OperationCost.of(config, name, pass.before(), pass.tokens()), OperationCost::plus);
      sum += measured.nanos()[i];
    }
    double total = sum;
    List<Operation> operations = new ArrayList<>();
    nanos.forEach(
        (name, spent) -> {
          OperationCost cost = costs.getOrDefault(name, new OperationCost(0, 0));
          double share = total == 0 ? 0 : spent / total;
          double millis = share * measured.plainNanos() / 1e6;
          operations.add(
              new Operation(
                  name, spent / 1e6, millis, share, cost, percent(cost, millis, ceilings)));
        });
    return new OperationTimes(
        backend,
        options,
        pass.name(),
        measured.clock(),
        measured.plainNanos() / 1e6,
        measured.shownNanos() / 1e6,
        measured.passes(),
        operations,
        ceilings);
  }

  private static @Nullable Double percent(
      OperationCost cost, double millis, @Nullable Ceilings ceilings) {
    if (ceilings == null || millis == 0) {
      return null;
    }
    double limitSeconds =
        Math.max(
            cost.bytes() / ceilings.readBytesPerSecond(),
            cost.flops() / ceilings.fmaFlopsPerSecond());
    return 100 * 1e3 * limitSeconds / millis;
  }

  /// Whether the device's own clock tells, and not when results are shown to the host.
  public boolean byDevice() {
    return clock.equals(DEVICE);
  }

  /// As the user would write the backend after `-b`.
  public String label() {
    return new Sample.Key(0, 0, backend, options, "").label();
  }

  /// What the operations took together when they were watched.
  public double sumMillis() {
    return operations.stream().mapToDouble(Operation::measuredMillis).sum();
  }

  /// By how much longer a watched pass takes, as a fraction.
  public double showingCost() {
    return shownMillis / plainMillis - 1;
  }

  /// The operation in which most could be saved; none if no limit is known.
  public Optional<Operation> next() {
    return operations.stream()
        .filter(operation -> operation.aboveLimitMillis() != null)
        .max(
            Comparator.comparingDouble(
                operation -> {
                  Double above = operation.aboveLimitMillis();
                  return above == null ? 0 : above;
                }));
  }
}
