package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A run as its directory tells it.
///
/// @param directory as the user named it
/// @param environment its `environment.json`
/// @param samples the rows of its `samples.csv`
public record RecordedRun(Path directory, JsonNode environment, List<Sample> samples) {
  private static final String DIRTY = "-dirty";

  public RecordedRun {
    samples = List.copyOf(samples);
  }

  /// What a directory of `lockstep run` holds.
  ///
  /// @throws dev.lockstep.harness.worker.error.UserError if it is none, or damaged
  public static RecordedRun read(Path directory) {
    return RecordedRunReader.read(directory);
  }

  String modelSha256() {
    return environment.at("/model/sha256").asText();
  }

  String model() {
    return environment.at("/model/argument").asText("unknown");
  }

  /// The commit; `unknown` if it is not recorded.
  public String revision() {
    String revision = environment.path("lockstep_revision").asText();
    return revision.isEmpty() ? "unknown" : revision;
  }

  /// Whether another run with the same revision had the same code.
  boolean revisionTellsCode() {
    return !revision().equals("unknown") && !revision().endsWith(DIRTY);
  }

  JsonNode host() {
    return environment.path("host");
  }

  /// By label, in the order of the command line.
  Map<String, RecordedBackend> backends() {
    Map<String, RecordedBackend> byLabel = new LinkedHashMap<>();
    JsonNode labels = environment.at("/plan/backends");
    JsonNode backends = environment.path("backends");
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.path(i).asText();
      byLabel.put(label, RecordedBackend.of(label, backends.path(i)));
    }
    return byLabel;
  }

  /// By id, in the order of the plan.
  Map<String, RecordedPrompt> prompts() {
    Map<String, RecordedPrompt> byId = new LinkedHashMap<>();
    JsonNode plan = environment.path("plan");
    for (JsonNode prompt : plan.path("prompts")) {
      RecordedPrompt recorded = RecordedPrompt.of(prompt, plan);
      byId.put(recorded.id(), recorded);
    }
    return byId;
  }

  /// The samples of a backend.
  List<Sample> of(String label) {
    return samples.stream().filter(sample -> sample.key().label().equals(label)).toList();
  }

  /// What verdicts on its samples rest on.
  VerdictRule rule(double noiseThreshold) {
    boolean auto = environment.at("/plan/forks").asText().equals("auto");
    return new VerdictRule(noiseThreshold, auto ? VerdictRule.PILOT : 0);
  }

  /// What should be known of it before its figures are believed.
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    JsonNode plan = environment.path("plan");
    long finished = samples.stream().filter(Sample::isFinished).count();
    long planned =
        plan.path("forks").asLong()
            * plan.path("rounds").asLong()
            * plan.path("backends").size()
            * plan.path("prompts").size();
    if (finished < planned) {
      notes.add(
          "%s holds %s of the %s samples that were planned"
              .formatted(directory, finished, planned));
    }
    return notes;
  }
}
