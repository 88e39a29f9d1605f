package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs on a small model with engines, and what comes of them.
///
/// @param directory where files are written
/// @param prompts lines of JSON
/// @param options of every run: how many tokens, how many rounds
record EngineRace(Path directory, String prompts, List<String> options) {
  static final String MODEL =
      "../../backend-tck/src/main/resources/dev/lockstep/tck/models/head-size-5";

  Path output() {
    return directory.resolve("run");
  }

  CommandLineProcess.Result run(Path engines, String backends, String... more) throws Exception {
    Path file = Files.writeString(directory.resolve("prompts.jsonl"), prompts);
    List<String> arguments =
        new ArrayList<>(
            List.of("run", "-m=" + MODEL, "-b=" + backends, "--engines=" + engines, "-p=" + file));
    arguments.addAll(List.of("-w=0", "-o=" + output()));
    arguments.addAll(options);
    arguments.addAll(List.of(more));
    return CommandLineProcess.run(arguments.toArray(new String[0]));
  }

  List<Sample> rows(String backend) {
    return SamplesCsv.read(output().resolve("samples.csv")).stream()
        .filter(sample -> sample.key().backend().equals(backend))
        .toList();
  }
}
