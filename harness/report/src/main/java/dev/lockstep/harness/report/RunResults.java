package dev.lockstep.harness.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.measurement.operations.OperationTimes;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.run.Agreements;
import dev.lockstep.harness.measurement.run.Shard;
import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SampleOrder;
import dev.lockstep.harness.measurement.statistics.VerdictRule;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the files of a run say. A report is made from them alone, at the end of the run as at any
/// time later, so it comes out the same.
///
/// @param name the last part of the directory's name
/// @param environment `environment.json`
/// @param samples backend by backend in the order of the command line
/// @param verifications none if the run was interrupted before it wrote them
/// @param finished whether it came to its end
/// @param operations where the time of the passes goes that it looked into; none if it did not
public record RunResults(
    String name,
    JsonNode environment,
    List<Sample> samples,
    List<Verification> verifications,
    boolean finished,
    List<OperationTimes> operations) {
  public RunResults {
    samples = List.copyOf(samples);
    verifications = List.copyOf(verifications);
    operations = List.copyOf(operations);
  }

  /// Reads a directory that `run` wrote, of this version or an earlier one.
  ///
  /// @throws UserError if it is not such a directory
  public static RunResults read(Path directory) {
    Path samplesFile = directory.resolve(SamplesCsv.TABLE.fileName());
    Path environmentFile = directory.resolve(EnvironmentJson.FILE_NAME);
    for (Path file : List.of(samplesFile, environmentFile)) {
      if (!Files.isRegularFile(file)) {
        throw UserError.usage(
            "%s does not hold a run: it has no %s; name a directory that 'lockstep run' wrote"
                .formatted(directory, file.getFileName()));
      }
    }
    JsonNode environment = environment(environmentFile);
    Path verificationFile = directory.resolve(VerificationCsv.TABLE.fileName());
    return new RunResults(
        directory.toAbsolutePath().normalize().getFileName().toString(),
        environment,
        SamplesCsv.readAnyVersion(samplesFile).stream().sorted(order(environment)).toList(),
        Files.isRegularFile(verificationFile) ? VerificationCsv.read(verificationFile) : List.of(),
        Files.isRegularFile(verificationFile),
        OperationsJson.read(directory.resolve(OperationsJson.FILE_NAME)));
  }

  private static JsonNode environment(Path file) {
    try {
      return EnvironmentJson.read(file);
    } catch (JsonProcessingException e) {
      throw UserError.error("%s is damaged: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, FileProblem.describe(e)), e);
    }
  }

  private static Comparator<Sample> order(JsonNode environment) {
    List<String> labels = texts(environment.path("plan").path("backends"));
    List<String> prompts = new ArrayList<>();
    environment
        .path("plan")
        .path("prompts")
        .forEach(prompt -> prompts.add(prompt.path("id").asText()));
    return SampleOrder.of(labels, prompts);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /// A text of `environment.json`; empty where it has none.
  ///
  /// @param path the names of the fields on the way to it
  public String environmentText(String... path) {
    JsonNode node = environment;
    for (String field : path) {
      node = node.path(field);
    }
    return node.asText("");
  }

  /// By what verdicts are given.
  public VerdictRule rule() {
    return environmentText("plan", "forks").equals("auto")
        ? VerdictRule.PILOT_FORKS
        : VerdictRule.GIVEN_FORKS;
  }

  /// How the backends that declare themselves approximate agree with the reference, by label.
  public Map<String, Agreement> agreements() {
    List<String> labels = texts(environment.path("plan").path("backends"));
    List<String> approximate = new ArrayList<>();
    JsonNode backends = environment.path("backends");
    for (int i = 0; i < Math.min(labels.size(), backends.size()); i++) {
      if (backends.path(i).path("approximate").asBoolean()) {
        approximate.add(labels.get(i));
      }
    }
    return Agreements.ofLabels(approximate, verifications);
  }

  /// What is to be read before anything else: that the run was interrupted, or that its figures
  /// should not be trusted. A sentence each, without its full stop.
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (!finished) {
      warnings.add(unfinished());
    }
    String doubt = new ResultNotes(samples, rule()).warning();
    if (doubt != null) {
      warnings.add(doubt);
    }
    return warnings;
  }

  private String unfinished() {
    JsonNode plan = environment.path("plan");
    long planned =
        (long) plan.path("backends").size()
            * plan.path("prompts").size()
            * plan.path("rounds").asInt()
            * Shard.plannedForks(plan);
    return String.format(
        Locale.ROOT,
        "this run was interrupted: it has %d%s samples, and nothing but their tokens was verified",
        samples.stream().filter(Sample::isFinished).count(),
        planned > 0 ? String.format(Locale.ROOT, " of %d", planned) : "");
  }

  /// What the run said besides its figures, a line each.
  public List<String> notes() {
    return texts(environment.path("notes"));
  }

  /// What the speeds are worth, a line each, and what the run said besides.
  public List<String> allNotes() {
    List<String> notes = new ArrayList<>(new ResultNotes(samples, rule()).lines());
    notes.addAll(notes());
    return notes;
  }

  /// The processor and how many cores the run had, in a few words.
  public String machine() {
    String cpu = environmentText("host", "cpu");
    return "%s, %s cores, %s %s, JDK %s"
        .formatted(
            cpu.isEmpty() ? "unknown processor" : cpu,
            environmentText("host", "cores"),
            environmentText("host", "os"),
            environmentText("host", "arch"),
            environmentText("host", "jvm_version"));
  }
}
