package dev.lockstep.harness.measurement.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.run.PlanFile;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SampleOrder;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.verification.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What the machines of one class measured of a plan, as one run.
public final class MergedRun {
  private final PlanFile plan;
  private final List<RecordedRun> shards;

  /// @param shards of one class; in the order of their first forks from here on
  MergedRun(PlanFile plan, List<RecordedRun> shards) {
    this.plan = plan;
    this.shards =
        shards.stream()
            .sorted(
                Comparator.comparingInt(
                    shard -> Merge.forks(shard).stream().findFirst().orElse(Integer.MAX_VALUE)))
            .toList();
  }

  static boolean isUnavailable(Sample sample) {
    return sample.status() == Status.UNAVAILABLE;
  }

  /// The processor and how many cores there are.
  String machine() {
    JsonNode host = shards.getFirst().environment().path("host");
    return "%s, %s cores".formatted(host.path("cpu").asText("unknown"), host.path("cores"));
  }

  /// Backend by backend, then by prompt, fork and round, as one machine would have them. A backend
  /// that could run on one of the machines is not said to be unavailable.
  public List<Sample> samples() {
    List<Sample> all = new ArrayList<>();
    shards.forEach(shard -> all.addAll(shard.samples()));
    Set<String> ran =
        all.stream()
            .filter(sample -> !isUnavailable(sample))
            .map(sample -> sample.key().label())
            .collect(Collectors.toSet());
    Set<Sample.Key> seen = new HashSet<>();
    all.removeIf(
        sample ->
            isUnavailable(sample)
                && (ran.contains(sample.key().label()) || !seen.add(sample.key())));
    all.sort(order());
    return all;
  }

  private Comparator<Sample> order() {
    JsonNode own = shards.getFirst().environment().path("plan");
    List<String> labels = new ArrayList<>();
    own.path("backends").forEach(label -> labels.add(label.asText()));
    List<String> prompts = new ArrayList<>();
    own.path("prompts").forEach(prompt -> prompts.add(prompt.path("id").asText()));
    return SampleOrder.of(labels, prompts);
  }

  /// What verdicts rest on.
  public VerdictRule rule() {
    return VerdictRule.GIVEN_FORKS;
  }

  /// What each shard found, put together.
  public List<Verification> verifications() {
    List<Verification> all = new ArrayList<>();
    for (RecordedRun shard : shards) {
      all.addAll(VerificationCsv.read(shard.directory().resolve(VerificationCsv.TABLE.fileName())));
    }
    return MergedVerifications.of(all);
  }

  /// What the shards said besides, and on how many machines they ran.
  public List<String> notes() {
    Set<String> notes = new LinkedHashSet<>();
    shards.forEach(
        shard -> shard.environment().path("notes").forEach(note -> notes.add(note.asText())));
    notes.add(
        "merged of %s shards: %s"
            .formatted(
                shards.size(),
                shards.stream()
                    .map(
                        shard ->
                            "forks %s in %s"
                                .formatted(
                                    Merge.forks(shard).stream()
                                        .map(Object::toString)
                                        .collect(Collectors.joining(", ")),
                                    shard.directory().getFileName()))
                    .collect(Collectors.joining("; "))));
    return List.copyOf(notes);
  }

  /// Writes everything that a run writes, but its report.
  public void write(OutputDirectory output, String command) {
    List<Sample> samples = samples();
    output.write(SamplesCsv.TABLE, samples);
    output.write(SummaryCsv.TABLE, SummaryCsv.entries(samples, rule()));
    output.write(VerificationCsv.TABLE, verifications());
    writeTokens(output, samples);
    for (RecordedRun shard : shards) {
      Path operations = shard.directory().resolve(OperationsJson.FILE_NAME);
      if (Files.isRegularFile(operations)) {
        output.copyIfPresent(operations, output.file(OperationsJson.FILE_NAME));
        break;
      }
    }
    output.write(PlanFile.FILE_NAME, plan.text());
    output.write(EnvironmentJson.FILE_NAME, EnvironmentJson.text(environment(command)));
  }

  private void writeTokens(OutputDirectory output, List<Sample> samples) {
    if (!plan.writeTokens()) {
      return;
    }
    Set<Sample.Key> keys = samples.stream().map(Sample::key).collect(Collectors.toSet());
    List<TokensCsv.Token> tokens = new ArrayList<>();
    for (RecordedRun shard : shards) {
      Path file = shard.directory().resolve(TokensCsv.TABLE.fileName());
      if (Files.isRegularFile(file)) {
        tokens.addAll(TokensCsv.tokensOf(file, keys));
      }
    }
    output.write(TokensCsv.TABLE, tokens);
  }

  /// That of the first shard, with where the others ran.
  private ObjectNode environment(String command) {
    ObjectNode environment = shards.getFirst().environment().deepCopy();
    environment.put("command", command);
    if (environment.get("plan") instanceof ObjectNode own) {
      own.remove("shard");
    }
    environment.set("notes", EnvironmentJson.node(notes()));
    ArrayNode merged = environment.putArray("merged");
    for (RecordedRun shard : shards) {
      ObjectNode each = merged.addObject();
      each.put("directory", shard.directory().getFileName().toString());
      each.set("forks", EnvironmentJson.node(Merge.forks(shard)));
      for (String field : List.of("started_at", "written_at", "host", "measured")) {
        each.set(field, shard.environment().path(field));
      }
    }
    return environment;
  }
}
