package dev.lockstep.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.compare.Comparison;
import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.measurement.compare.Conclusion;
import dev.lockstep.harness.measurement.compare.Metric;
import dev.lockstep.harness.measurement.statistics.SpeedUp;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonReportTest {
  private static final SpeedUp FASTER = new SpeedUp(1.25, 1.2, 1.3, SpeedUp.FASTER, 0.055);

  private static Row row(String backend, Metric metric) {
    return new Row(
        backend,
        "p|1",
        true,
        metric,
        200.0,
        250.0,
        FASTER,
        Conclusion.FASTER,
        List.of("naive"),
        "");
  }

  private static ComparisonReport report() {
    Row none =
        new Row(
            "cuda",
            "p|1",
            true,
            Metric.DECODE,
            100.0,
            null,
            null,
            Conclusion.NOT_COMPARABLE,
            List.of(),
            "it gave wrong answers");
    return new ComparisonReport(
        new Comparison(
            "runs/a (revision 1)",
            "runs/b (revision 2)",
            "revision (1 → 2)",
            List.of(row("simd", Metric.TTFT), row("simd", Metric.DECODE), none),
            List.of("taken as unchanged: naive")));
  }

  @Test
  void theTableIsExactlyThis() {
    assertEquals(
        """
        A: runs/a (revision 1)
        B: runs/b (revision 2)
        compared: revision (1 → 2)

        backend  prompt  figure            A      B  B over A   95 % interval  detectable %  verdict
        -------  ------  ------------  -----  -----  --------  --------------  ------------  --------------
        simd     p|1     TTFT ms       200.0  250.0    1.250x  [1.200, 1.300]           5.5  faster
        simd     p|1     decode tok/s  200.0  250.0    1.250x  [1.200, 1.300]           5.5  faster
        cuda     p|1     decode tok/s  100.0                                                 not comparable
        """,
        report().text());
  }

  @Test
  void theNotesSayWhyThereIsNoVerdictAndHowManyMayBeWrong() {
    assertEquals(
        List.of(
            "no verdict on cuda: it gave wrong answers",
            "taken as unchanged: naive",
            "2 verdicts at 95 %: if nothing had changed, 0.10 of them would be wrong"),
        report().notes());
  }

  @Test
  void markdownEscapesWhatNamesHold() {
    List<String> lines = report().markdown().lines().toList();
    assertTrue(
        lines.contains(
            "| backend | prompt | figure | A | B | B over A | 95 % interval | detectable % | verdict |"),
        report().markdown());
    assertTrue(lines.contains("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"));
    assertTrue(
        lines.contains(
            "| simd | p\\|1 | TTFT ms | 200.0 | 250.0 | 1.250x | \\[1.200, 1.300\\] | 5.5 | faster |"),
        report().markdown());
    assertTrue(lines.contains("- taken as unchanged: naive"));
  }

  @Test
  void jsonHasEveryFigureAndLeavesOutWhatWasNotMeasured() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report().json());
    assertEquals("lockstep-comparison/1", json.path("format").textValue());
    JsonNode simd = json.path("rows").get(1);
    assertEquals("decode_tps", simd.path("metric").textValue());
    assertEquals(1.25, simd.path("ratio").doubleValue());
    assertEquals(5.5, simd.path("detectable_pct").doubleValue(), 1e-9);
    assertEquals("naive", simd.path("anchors").get(0).textValue());
    JsonNode cuda = json.path("rows").get(2);
    assertTrue(cuda.path("b").isMissingNode() && cuda.path("ratio").isMissingNode());
    assertEquals("not comparable", cuda.path("verdict").textValue());
    assertEquals(3, json.path("notes").size());
  }
}
