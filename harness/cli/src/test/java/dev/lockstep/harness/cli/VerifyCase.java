package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.tck.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Runs `verify` as a user does, on a small model with a head of its own, so that a run takes
/// seconds.
abstract class VerifyCase {
  static String model = "";

  static final int NEW_TOKENS = 4;

  @TempDir Path directory;

  @BeforeAll
  static void unpackTheModel() {
    Golden untied =
        Golden.all().stream().filter(g -> g.name().equals("untied")).findFirst().orElseThrow();
    try (LoadedModel opened = untied.openModel()) {
      model = opened.argument();
    }
  }

  Path output() {
    return directory.resolve("out");
  }

  CommandLineProcess.Result verify(String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("verify", "-m", model));
    arguments.addAll(List.of("-o", output().toString(), "--seed", "3", "-n", "" + NEW_TOKENS));
    // A worker lives for a second: the optimising compiler would take more time than it gives.
    arguments.add("--worker-jvm-arg=-XX:TieredStopAtLevel=1");
    arguments.addAll(Arrays.asList(more));
    return CommandLineProcess.run(arguments.toArray(String[]::new));
  }

  List<CSVRecord> rows() throws IOException {
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser =
        CSVParser.parse(
            Files.readString(output().resolve(VerificationCsv.TABLE.fileName())), format)) {
      assertEquals(VerificationCsv.TABLE.header(), parser.getHeaderNames());
      return parser.getRecords();
    }
  }

  /// The verdicts of a backend, by step; the worst where a step has several rows.
  Map<String, Set<String>> verdicts(String backend) throws IOException {
    return rows().stream()
        .filter(row -> row.get("backend").equals(backend))
        .collect(
            Collectors.groupingBy(
                row -> row.get("step"),
                Collectors.mapping(row -> row.get("verdict"), Collectors.toSet())));
  }
}
