package dev.lockstep.harness.micro;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the time of one forward pass goes.
///
/// @param benchmark `prefill(128)` or `decode(10)`
/// @param plainMillis the median of the passes that nobody watched
/// @param shownMillis of those that were watched
/// @param operations as the backend shows them, those of all blocks together, in the order of the
///     computation
/// @param ceilings of the device; null if they could not be measured
public record OperationTimes(
    BackendVariant variant,
    String benchmark,
    double plainMillis,
    double shownMillis,
    int passes,
    List<Operation> operations,
    @Nullable Ceilings ceilings) {

  /// @param name `h.*.mlp.c_fc` stands for all blocks
  /// @param measuredMillis in watched passes
  /// @param millis the same, scaled so that all of them together are the plain time
  /// @param share of the plain time
  /// @param limitMillis the least that the device allows; null if its ceilings are not known
  public record Operation(
      String name,
      double measuredMillis,
      double millis,
      double share,
      OperationCost cost,
      @Nullable Double limitMillis) {

    /// How near the limit it comes, in per cent; null if that is not known.
    public @Nullable Double percentOfLimit() {
      Double limit = limitMillis;
      return limit == null || millis == 0 ? null : 100 * limit / millis;
    }

    /// What could be saved at most; null if that is not known.
    public @Nullable Double aboveLimitMillis() {
      Double limit = limitMillis;
      return limit == null ? null : millis - limit;
    }
  }

  /// @param before how many tokens the pass found
  /// @param tokens how many it appended
  static OperationTimes of(
      BackendVariant variant,
      String benchmark,
      Gpt2Config config,
      int before,
      int tokens,
      Reply.OperationTimes measured,
      @Nullable Ceilings ceilings) {
    Map<String, Double> nanos = new LinkedHashMap<>();
    Map<String, OperationCost> costs = new LinkedHashMap<>();
    double sum = 0;
    for (int i = 0; i < measured.names().size(); i++) {
      String name = measured.names().get(i);
      String all = OperationCost.inAllBlocks(name);
      nanos.merge(all, (double) measured.nanos()[i], Double::sum);
      costs.merge(all, OperationCost.of(config, name, before, tokens), OperationCost::plus);
      sum += measured.nanos()[i];
    }
    double total = sum;
    List<Operation> operations = new ArrayList<>();
    nanos.forEach(
        (name, spent) -> {
          OperationCost cost = costs.getOrDefault(name, new OperationCost(0, 0));
          operations.add(
              new Operation(
                  name,
                  spent / 1e6,
                  spent / total * measured.plainNanos() / 1e6,
                  spent / total,
                  cost,
                  ceilings == null ? null : limitMillis(cost, ceilings)));
        });
    return new OperationTimes(
        variant,
        benchmark,
        measured.plainNanos() / 1e6,
        measured.shownNanos() / 1e6,
        measured.passes(),
        operations,
        ceilings);
  }

  private static double limitMillis(OperationCost cost, Ceilings ceilings) {
    return 1e3
        * Math.max(
            cost.bytes() / ceilings.readBytesPerSecond(),
            cost.flops() / ceilings.fmaFlopsPerSecond());
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
