package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Micro-benchmarks as a user runs them, as short as they can be. What they measure is not judged.
@Tag("processes")
class MicroCommandTest {
  @TempDir Path directory;

  private CommandLineProcess.Result micro(String backends, String... more)
      throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("micro", "-b", backends, "-o", directory.toString()));
    arguments.addAll(List.of("--warmups", "0", "--time", "0.01"));
    arguments.addAll(List.of(more));
    return CommandLineProcess.run(arguments.toArray(String[]::new));
  }

  private JsonNode results() throws IOException {
    return new ObjectMapper().readTree(directory.resolve(MicroCommand.RESULTS).toFile());
  }

  private static List<String> jvmArgs(JsonNode result) {
    List<String> arguments = new ArrayList<>();
    result.path("jvmArgs").forEach(argument -> arguments.add(argument.textValue()));
    return arguments;
  }

  @Test
  void eachPassIsMeasuredWithTheFlagsOfItsBackendAlone() throws Exception {
    CommandLineProcess.Result result =
        micro(
            "kvcache,simd:threads=1",
            "--prefill=3",
            "--decode=2",
            "--iterations=2",
            "--profile=gc");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> table = result.out().lines().toList();
    assertEquals(6, table.size(), result.out());
    assertTrue(table.getFirst().endsWith("B/op"), result.out());
    assertTrue(table.get(2).startsWith("prefill(3)  kvcache "), result.out());
    assertTrue(table.get(5).startsWith("decode(2)   simd:threads=1 "), result.out());

    assertTrue(
        result.err().lines().allMatch(line -> line.matches("lockstep: .*complete.*")),
        result.err());

    assertEquals(4, results().size());
    for (JsonNode benchmark : results()) {
      boolean simd = benchmark.at("/params/backend").textValue().equals("simd");
      assertEquals("shakespeare", benchmark.at("/params/model").textValue());
      assertEquals(simd ? "threads=1" : "", benchmark.at("/params/options").textValue());
      assertTrue(benchmark.at("/primaryMetric/score").doubleValue() > 0);
      assertEquals(2, benchmark.at("/primaryMetric/rawData/0").size(), "iterations");
      assertTrue(
          benchmark.at("/secondaryMetrics/gc.alloc.rate.norm/score").isNumber(), "allocation");
      List<String> flags = jvmArgs(benchmark);
      assertEquals(simd, flags.contains("--add-modules=jdk.incubator.vector"), flags.toString());
      assertFalse(flags.contains("-XX:TieredStopAtLevel=1"), "inherited from this process");
    }
    assertEquals("3", results().get(0).at("/params/tokens").textValue());
    assertEquals("2", results().get(1).at("/params/position").textValue());
  }

  @Test
  void aBackendThatChangesItsMindFailsAloneAndIsNamed() throws Exception {
    CommandLineProcess.Result result =
        micro("faulty-nan:after=2,kvcache", "--decode=1", "--iterations=1");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    assertTrue(result.err().contains("were first answered by"), result.err());
    assertTrue(
        result.err().contains("lockstep: decode(1) of faulty-nan:after=2 failed: "), result.err());
    assertFalse(result.err().contains("Exception"), result.err());
    assertTrue(result.out().lines().toList().get(2).endsWith("faulty-nan:after=2"), result.out());
    assertEquals(1, results().size());
    assertEquals("kvcache", results().get(0).at("/params/backend").textValue());
  }

  @Test
  void aBackendThatHangsIsKilled() throws Exception {
    CommandLineProcess.Result result =
        micro("faulty-hang:after=2", "--decode=1", "--iterations=1", "--timeout=3");
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    assertTrue(result.err().contains("killed: no progress within 3.0 s"), result.err());
  }

  @Test
  void whatCannotBeMeasuredIsSaidInOneLine() throws Exception {
    CommandLineProcess.Result unavailable = micro("faulty-unavailable", "--decode=1");
    assertEquals(ExitCode.UNAVAILABLE, unavailable.exitCode(), unavailable.err());
    assertTrue(unavailable.err().contains("libplanted.so.1 was not found; install nothing"));
    CommandLineProcess.Result profiler = micro("kvcache", "--decode=1", "--profile=nosuch");
    assertEquals(ExitCode.ERROR, profiler.exitCode(), profiler.err());
    assertTrue(
        profiler.err().contains("lockstep: JMH cannot run the benchmarks: "), profiler.err());
    assertTrue(profiler.err().contains("nosuch"), profiler.err());
  }

  @Test
  void theTimeOfAPassGoesToItsOperations() throws Exception {
    CommandLineProcess.Result result =
        micro("kvcache,simd", "--prefill=9", "--decode=20", "--iterations=1", "--operations");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(result.out().contains("kvcache, prefill(9): "), result.out());
    assertTrue(result.out().contains("most could be saved in "), result.out());
    JsonNode passes =
        new ObjectMapper()
            .readTree(directory.resolve(OperationsJson.FILE_NAME).toFile())
            .path("passes");
    assertEquals(4, passes.size());
    for (JsonNode pass : passes) {
      List<String> names = new ArrayList<>();
      double sum = 0;
      for (JsonNode operation : pass.path("operations")) {
        names.add(operation.path("operation").textValue());
        sum += operation.path("ms").doubleValue();
        assertTrue(operation.path("pct_of_limit").isNumber(), pass.toString());
      }
      assertEquals("wte+wpe", names.getFirst());
      assertTrue(names.contains("h.*.mlp.c_fc"), names.toString());
      assertEquals("lm_head", names.getLast());
      assertEquals(pass.path("plain_ms").doubleValue(), sum, 1e-9, "scaled to the plain time");
    }
  }

  @Test
  void whatIsForJmhIsRefusedWithOperations() throws Exception {
    CommandLineProcess.Result result = micro("kvcache", "--operations", "--profile=gc");
    assertEquals(ExitCode.USAGE, result.exitCode());
    assertTrue(result.err().contains("--profile is for JMH"), result.err());
  }
}
