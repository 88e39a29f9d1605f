package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.architecture.Checkout;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Seals the columns: a change of a header must show in `results/SCHEMA.md`, where readers look.
class SchemaTest {
  private static final Path SCHEMA = Checkout.ROOT.resolve("results").resolve("SCHEMA.md");

  static List<Arguments> files() {
    return List.of(
        Arguments.of(SamplesCsv.TABLE.fileName(), SamplesCsv.TABLE.header()),
        Arguments.of(TokensCsv.TABLE.fileName(), TokensCsv.TABLE.header()),
        Arguments.of(SummaryCsv.TABLE.fileName(), SummaryCsv.TABLE.header()),
        Arguments.of(VerificationCsv.TABLE.fileName(), VerificationCsv.TABLE.header()));
  }

  @ParameterizedTest
  @MethodSource("files")
  void theSchemaPageListsExactlyTheColumnsOf(String file, List<String> header) throws IOException {
    List<String> documented =
        Files.readAllLines(SCHEMA).stream()
            .dropWhile(line -> !line.equals("## " + file))
            .skip(1)
            .takeWhile(line -> !line.startsWith("## "))
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.substring(3, line.indexOf('`', 3)))
            .toList();
    assertEquals(header, documented);
  }
}
