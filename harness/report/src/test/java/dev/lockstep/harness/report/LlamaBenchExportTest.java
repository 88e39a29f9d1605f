package dev.lockstep.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.compare.MadeUpRun;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaBenchExportTest {
  /// What llama.cpp's scripts/compare-llama-bench.py refuses a line without.
  private static final List<String> REQUIRED =
      List.of(
          ("cpu_info gpu_info backends n_gpu_layers tensor_buft_overrides model_filename model_type"
                  + " n_batch n_ubatch embeddings cpu_mask cpu_strict poll n_threads type_k type_v"
                  + " use_mmap no_kv_offload split_mode main_gpu tensor_split flash_attn n_prompt"
                  + " n_gen n_depth build_commit test_time avg_ts")
              .split(" "));

  @TempDir Path directory;

  private List<JsonNode> export(MadeUpRun run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : new LlamaBenchExport(RecordedRun.read(run.write(directory))).lines()) {
      assertEquals(1, line.lines().count(), line);
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void everyLineHasWhatTheComparisonScriptRequires() throws IOException {
    List<JsonNode> lines = export(new MadeUpRun().backend("kvcache", 20).backend("simd", 5));
    assertEquals(4, lines.size());
    for (JsonNode line : lines) {
      for (String field : REQUIRED) {
        assertTrue(line.hasNonNull(field), field + " in " + line);
      }
      assertEquals("0123abc", line.path("build_commit").textValue());
      assertTrue(line.path("n_gpu_layers").isInt());
    }
  }

  @Test
  void aSampleIsAPromptAndAGenerationBehindIt() throws IOException {
    List<JsonNode> lines = export(new MadeUpRun().backend("simd:threads=1", 5).spread(0));
    JsonNode prefill = lines.getFirst();
    assertEquals("simd:threads=1", prefill.path("backends").textValue());
    assertSizes(prefill, 3, 0, 0);
    // The made-up run takes two tokens' time, 10 ms, for its three prompt tokens.
    assertEquals(10_000_000, prefill.path("avg_ns").longValue());
    assertEquals(300, prefill.path("avg_ts").doubleValue(), 1e-9);
    assertEquals(0, prefill.path("stddev_ts").doubleValue(), 1e-9);
    assertEquals(6 * 4, prefill.path("samples_ns").size());
    assertEquals(300, prefill.path("samples_ts").get(0).doubleValue(), 1e-9);
    // Of three new tokens two are decoded, behind the prompt.
    JsonNode decode = lines.getLast();
    assertSizes(decode, 0, 2, 3);
    assertEquals(200, decode.path("avg_ts").doubleValue(), 1e-9);
  }

  private static void assertSizes(JsonNode line, int prompt, int generated, int depth) {
    assertEquals(prompt, line.path("n_prompt").intValue());
    assertEquals(generated, line.path("n_gen").intValue());
    assertEquals(depth, line.path("n_depth").intValue());
  }

  @Test
  void oneNewTokenIsNotDecoded() throws IOException {
    assertEquals(1, export(new MadeUpRun().backend("simd", 5).newTokens(1)).size());
  }

  @Test
  void wrongAnswersHaveNoLine() throws IOException {
    List<JsonNode> lines = export(new MadeUpRun().backend("simd", 5).wrongBackend("broken"));
    assertFalse(lines.isEmpty());
    assertTrue(lines.stream().allMatch(line -> line.path("backends").asText().equals("simd")));
  }
}
