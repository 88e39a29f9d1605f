package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.Numbers;
import dev.lockstep.harness.micro.MicroResult;
import dev.lockstep.harness.report.TextTable;
import java.util.ArrayList;
import java.util.List;

/// The benchmarks for the terminal.
final class MicroTable {
  private MicroTable() {}

  /// A line for each benchmark; blank where nothing was measured.
  public static String text(List<MicroResult> results) {
    boolean allocation = results.stream().anyMatch(r -> r.allocatedBytes() != null);
    List<String> header =
        new ArrayList<>(List.of("benchmark", "backend", "ms/op", "± 99.9 %", "tokens/s"));
    if (allocation) {
      header.add("B/op");
    }
    List<List<String>> lines = new ArrayList<>();
    for (MicroResult result : results) {
      List<String> line = new ArrayList<>();
      line.add(result.name());
      line.add(result.variant().label());
      line.add(Numbers.text(result.millis()));
      line.add(Numbers.text(result.errorMillis()));
      line.add(Numbers.text(result.tokensPerSecond()));
      if (allocation) {
        line.add(Numbers.text(result.allocatedBytes()));
      }
      lines.add(line);
    }
    return new TextTable(header, List.of(0, 1)).text(lines);
  }
}
