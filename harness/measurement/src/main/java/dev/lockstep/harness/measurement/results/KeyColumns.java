package dev.lockstep.harness.measurement.results;

import static dev.lockstep.harness.measurement.results.Column.count;
import static dev.lockstep.harness.measurement.results.Column.text;

import dev.lockstep.harness.measurement.results.Table.Row;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.util.function.Function;

/// The columns that tell which sample a row is about.
///
/// @param <R> what a row is made from
final class KeyColumns<R> {
  final Column<R, Integer> fork;
  final Column<R, Integer> round;
  final Column<R, String> backend;
  final Column<R, String> options;
  final Column<R, String> promptId;

  /// @param key the sample that a row is about
  KeyColumns(Function<R, Sample.Key> key) {
    fork = count("fork", row -> key.apply(row).fork());
    round = count("round", row -> key.apply(row).round());
    backend = text("backend", row -> key.apply(row).backend());
    options = text("options", row -> key.apply(row).options());
    promptId = text("prompt_id", row -> key.apply(row).promptId());
  }

  Sample.Key read(Row row) {
    return new Sample.Key(
        row.require(fork),
        row.require(round),
        row.text(backend),
        row.text(options),
        row.text(promptId));
  }
}
