package dev.lockstep.tck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What became of every law.
///
/// @param backend the backend's id
/// @param options as they were given
/// @param results one for each law, or for each variant of a law that has several; in the order
///     of the run
public record ContractReport(String backend, Map<String, String> options, List<LawResult> results) {
  public static final String FORMAT = "lockstep-contract/1";

  /// The outcome of a law.
  public enum Status {
    PASSED,
    FAILED,
    SKIPPED
  }

  /// @param topic the interface that states the law: `RewindLaws`
  /// @param law the law: `rewindingToTheEndChangesNothing`
  /// @param variant the golden file, length or input, empty where there is only one
  /// @param reason one line: why it failed or was skipped, else empty
  public record LawResult(String topic, String law, String variant, Status status, String reason) {}

  public ContractReport {
    options = Map.copyOf(options);
    results = List.copyOf(results);
  }

  /// How many results have this status.
  public long count(Status status) {
    return results.stream().filter(result -> result.status() == status).count();
  }

  /// Whether no law is broken and at least one was put to the test.
  public boolean holds() {
    return count(Status.FAILED) == 0 && count(Status.PASSED) > 0;
  }

  /// The laws that are broken, in alphabetical order.
  public Set<String> brokenLaws() {
    Set<String> laws = new TreeSet<>();
    for (LawResult result : results) {
      if (result.status() == Status.FAILED) {
        laws.add(result.law());
      }
    }
    return laws;
  }

  /// The report as JSON: `format`, `backend`, `options`, `passed`, `failed`, `skipped`, and
  /// `results` with `topic`, `law`, `variant`, `status`, `reason`.
  public String json() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("format", FORMAT);
    document.put("backend", backend);
    document.put("options", new TreeMap<>(options));
    document.put("passed", count(Status.PASSED));
    document.put("failed", count(Status.FAILED));
    document.put("skipped", count(Status.SKIPPED));
    document.put("results", results);
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    try {
      return mapper.writeValueAsString(document) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Writes [#json] to a file.
  public void writeJson(Path file) throws IOException {
    LocalFiles.replace(file, json().getBytes(StandardCharsets.UTF_8));
  }
}
