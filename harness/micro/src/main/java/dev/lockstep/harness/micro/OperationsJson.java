package dev.lockstep.harness.micro;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lockstep.api.Ceilings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `operations.json`: where the time of each pass goes.
public final class OperationsJson {
  private static final String FORMAT = "lockstep-operations/1";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .serializationInclusion(JsonInclude.Include.ALWAYS)
          .build();

  private OperationsJson() {}

  /// The document; results/SCHEMA.md describes its fields.
  public static String of(List<OperationTimes> results) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("format", FORMAT);
    document.put("passes", results.stream().map(OperationsJson::pass).toList());
    try {
      return MAPPER.writeValueAsString(document) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Object> pass(OperationTimes result) {
    Map<String, Object> pass = new LinkedHashMap<>();
    pass.put("backend", result.variant().name());
    pass.put("options", result.variant().options());
    pass.put("pass", result.benchmark());
    pass.put("plain_ms", result.plainMillis());
    pass.put("shown_ms", result.shownMillis());
    pass.put("sum_ms", result.sumMillis());
    pass.put("repetitions", result.passes());
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
}
