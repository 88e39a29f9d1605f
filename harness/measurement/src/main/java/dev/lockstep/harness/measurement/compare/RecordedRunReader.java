package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a directory of `lockstep run`. It may have been edited, cut off or put together by hand,
/// so nothing in it is believed before it was checked.
final class RecordedRunReader {
  private static final String FORMAT = "lockstep-environment/1";
  private static final List<String> REQUIRED =
      List.of("/model/sha256", "/plan/backends", "/plan/prompts", "/plan/new_tokens", "/backends");

  private RecordedRunReader() {}

  static RecordedRun read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw UserError.usage(
          "%s %s; name a directory that lockstep run wrote"
              .formatted(
                  directory, Files.exists(directory) ? "is not a directory" : "does not exist"));
    }
    Path environmentFile = directory.resolve(EnvironmentJson.FILE_NAME);
    Path samplesFile = directory.resolve(SamplesCsv.TABLE.fileName());
    if (Files.notExists(environmentFile)) {
      throw UserError.usage(
          "%s holds no results of lockstep run: it has no %s; name the directory that -o named"
              .formatted(directory, EnvironmentJson.FILE_NAME));
    }
    JsonNode environment = environment(environmentFile);
    if (Files.notExists(samplesFile)) {
      throw UserError.error(
          "%s holds a run without samples: it has no %s; finish it with lockstep run --resume -o %s"
              .formatted(directory, samplesFile.getFileName(), directory));
    }
    RecordedRun run =
        new RecordedRun(directory, environment, SamplesCsv.readAnyVersion(samplesFile));
    if (run.samples().isEmpty()) {
      throw UserError.error(
          "%s holds no sample: the run ended before its first; finish it with lockstep run --resume -o %s"
              .formatted(samplesFile, directory));
    }
    requireRowsOf(run, samplesFile);
    return run;
  }

  private static JsonNode environment(Path file) {
    JsonNode environment;
    try {
      environment = EnvironmentJson.read(file);
    } catch (JsonProcessingException e) {
      throw UserError.error(
          "%s is damaged: %s; restore it, or run again".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, FileProblem.describe(e)), e);
    }
    String format = environment.path("format").asText();
    if (!format.equals(FORMAT)) {
      throw UserError.error(
          "%s has the format '%s' where this version reads %s; compare with the version that wrote it"
              .formatted(file, format, FORMAT));
    }
    for (String field : REQUIRED) {
      if (environment.at(field).isMissingNode()) {
        throw UserError.error(
            "%s is damaged: it has no %s; restore it, or run again"
                .formatted(file, field.substring(1).replace('/', '.')));
      }
    }
    if (environment.at("/plan/backends").size() != environment.path("backends").size()) {
      throw UserError.error(
          "%s is damaged: plan.backends and backends differ in length; restore it, or run again"
              .formatted(file));
    }
    return environment;
  }

  private static void requireRowsOf(RecordedRun run, Path file) {
    Set<Sample.Key> seen = new HashSet<>();
    Set<String> labels = run.backends().keySet();
    Set<String> prompts = run.prompts().keySet();
    for (Sample sample : run.samples()) {
      Sample.Key key = sample.key();
      String problem = null;
      if (!labels.contains(key.label())) {
        problem = "the plan has no such backend";
      } else if (!prompts.contains(key.promptId())) {
        problem = "the plan has no such prompt";
      } else if (!seen.add(key)) {
        problem = "it is there twice";
      } else {
        problem = timingProblem(sample.timing());
      }
      if (problem != null) {
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "%s has a row of fork %d, round %d, %s, prompt '%s' that its run cannot have written: %s; remove the row, or run again",
                file,
                key.fork(),
                key.round(),
                key.label(),
                key.promptId(),
                problem));
      }
    }
  }

  private static @Nullable String timingProblem(Sample.@Nullable Timing timing) {
    boolean good =
        timing == null
            || (timing.ttftMillis() > 0
                && timing.e2eMillis() >= timing.ttftMillis()
                && Double.isFinite(timing.e2eMillis()));
    return good ? null : "its times are impossible";
  }
}
