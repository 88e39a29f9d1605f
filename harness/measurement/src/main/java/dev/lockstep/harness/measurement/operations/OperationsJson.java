package dev.lockstep.harness.measurement.operations;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lockstep.api.Ceilings;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `operations.json`: where the time of each pass goes. results/SCHEMA.md describes its fields.
public final class OperationsJson {
  public static final String FILE_NAME = "operations.json";

  private static final String FORMAT = "lockstep-operations/1";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .serializationInclusion(JsonInclude.Include.ALWAYS)
          .build();

  private OperationsJson() {}

  /// The document.
  public static String of(List<OperationTimes> results) {
    try {
      return MAPPER.writeValueAsString(document(results)) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What is in the document.
  public static Map<String, Object> document(List<OperationTimes> results) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("format", FORMAT);
    document.put("passes", results.stream().map(OperationsJson::pass).toList());
    return document;
  }

  private static Map<String, Object> pass(OperationTimes result) {
    Map<String, Object> pass = new LinkedHashMap<>();
    pass.put("backend", result.backend());
    pass.put("options", result.options());
    pass.put("pass", result.pass());
    pass.put("clock", result.clock());
    pass.put("plain_ms", result.plainMillis());
    pass.put("shown_ms", result.shownMillis());
    pass.put("sum_ms", result.sumMillis());
    pass.put("repetitions", result.repetitions());
    Ceilings ceilings = result.ceilings();
    pass.put("read_gb_per_s", ceilings == null ? null : ceilings.readBytesPerSecond() / 1e9);
    pass.put("fma_gflops", ceilings == null ? null : ceilings.fmaFlopsPerSecond() / 1e9);
    List<Map<String, Object>> operations = new ArrayList<>();
    for (OperationTimes.Operation operation : result.operations()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("operation", operation.name());
      each.put("measured_ms", operation.measuredMillis());
      each.put("ms", operation.millis());
      each.put("share_pct", 100 * operation.share());
      each.put("bytes", operation.cost().bytes());
      each.put("flops", operation.cost().flops());
      each.put("pct_of_limit", operation.percentOfLimit());
      operations.add(each);
    }
    pass.put("operations", operations);
    return pass;
  }

  /// Reads a document that was written as [#of] says; nothing where there is no such file.
  ///
  /// @throws UserError if it cannot be read, or is no such document
  public static List<OperationTimes> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try {
      JsonNode document = MAPPER.readTree(Files.readAllBytes(file));
      if (!document.path("format").asText().equals(FORMAT)) {
        throw UserError.usage(
            "%s: its format is '%s', and this Lockstep reads %s; take the version that wrote it, or delete the file"
                .formatted(file, document.path("format").asText(), FORMAT));
      }
      List<OperationTimes> results = new ArrayList<>();
      for (JsonNode pass : document.path("passes")) {
        results.add(result(file, pass));
      }
      return results;
    } catch (JsonProcessingException e) {
      throw UserError.error("%s is damaged: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, FileProblem.describe(e)), e);
    }
  }

  private static OperationTimes result(Path file, JsonNode pass) {
    List<OperationTimes.Operation> operations = new ArrayList<>();
    for (JsonNode each : pass.path("operations")) {
      operations.add(
          new OperationTimes.Operation(
              text(file, each, "operation"),
              number(file, each, "measured_ms"),
              number(file, each, "ms"),
              number(file, each, "share_pct") / 100,
              new OperationCost(number(file, each, "bytes"), number(file, each, "flops")),
              numberOrNull(file, each, "pct_of_limit")));
    }
    Double read = numberOrNull(file, pass, "read_gb_per_s");
    Double fma = numberOrNull(file, pass, "fma_gflops");
    return new OperationTimes(
        text(file, pass, "backend"),
        text(file, pass, "options"),
        text(file, pass, "pass"),
        pass.has("clock") ? text(file, pass, "clock") : "host",
        number(file, pass, "plain_ms"),
        number(file, pass, "shown_ms"),
        (int) number(file, pass, "repetitions"),
        operations,
        read == null || fma == null ? null : new Ceilings(read * 1e9, fma * 1e9));
  }

  private static String text(Path file, JsonNode object, String field) {
    JsonNode value = object.path(field);
    if (!value.isTextual()) {
      throw damaged(file, field, value);
    }
    return value.asText();
  }

  private static double number(Path file, JsonNode object, String field) {
    Double value = numberOrNull(file, object, field);
    if (value == null) {
      throw damaged(file, field, object.path(field));
    }
    return value;
  }

  private static @Nullable Double numberOrNull(Path file, JsonNode object, String field) {
    JsonNode value = object.path(field);
    if (value.isNull()) {
      return null;
    }
    if (!value.isNumber() || !Double.isFinite(value.asDouble()) || value.asDouble() < 0) {
      throw damaged(file, field, value);
    }
    return value.asDouble();
  }

  private static UserError damaged(Path file, String field, JsonNode value) {
    return UserError.error(
        "%s is damaged: %s is %s"
            .formatted(file, field, value.isMissingNode() ? "missing" : value));
  }
}
