package dev.lockstep.harness.measurement.compare;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.compare.Comparison.Row;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunComparisonTest {
  @TempDir Path directory;

  private static MadeUpRun run() {
    return new MadeUpRun().backend("naive", 50).backend("kvcache", 20).backend("simd", 5);
  }

  private Comparison compare(MadeUpRun before, MadeUpRun after, String... anchors) {
    return RunComparison.of(
        RecordedRun.read(before.write(directory.resolve("before"))),
        RecordedRun.read(after.seed(2).write(directory.resolve("after"))),
        0.02,
        List.of(anchors));
  }

  private static Row row(Comparison comparison, String backend, Metric metric, String workload) {
    return comparison.rows().stream()
        .filter(row -> row.backend().equals(backend))
        .filter(row -> row.metric() == metric && row.workload().equals(workload))
        .findFirst()
        .orElseThrow();
  }

  private static Row decode(Comparison comparison, String backend) {
    return row(comparison, backend, Metric.DECODE, "p");
  }

  private static void assertMentions(String text, String... words) {
    assertTrue(Arrays.stream(words).allMatch(text::contains), text);
  }

  @Test
  void aRevisionIsJudgedByTheReferenceStagesWhateverTheMachineDid() {
    MadeUpRun after =
        new MadeUpRun().backend("naive", 50).backend("kvcache", 20).backend("simd", 4);
    Comparison comparison = compare(run(), after.revision("4567def").drift(1.3));
    Row simd = decode(comparison, "simd");
    assertEquals(Conclusion.FASTER, simd.conclusion());
    assertEquals(5.0 / 4, requireNonNull(simd.speedUp()).ratio(), 0.02);
    assertEquals(List.of("naive", "kvcache"), simd.anchors());
    assertMentions(comparison.compared(), "revision", "0123abc → 4567def");
    assertEquals(Conclusion.ANCHOR, decode(comparison, "naive").conclusion());
    assertNull(decode(comparison, "naive").speedUp());
    Row ttft = row(comparison, "simd", Metric.TTFT, "p");
    assertEquals(Conclusion.FASTER, ttft.conclusion());
  }

  @Test
  void absoluteFiguresAreThoseOfEachRun() {
    Row simd = decode(compare(run(), run().revision("4567def").drift(2)), "simd");
    assertEquals(200, requireNonNull(simd.before()), 4);
    assertEquals(100, requireNonNull(simd.after()), 2);
    assertEquals(Conclusion.UNDECIDED, simd.conclusion());
  }

  @Test
  void withoutAnAnchorThereAreAbsoluteFiguresAndAReason() {
    MadeUpRun before = new MadeUpRun().backend("simd", 5).backend("opencl", 6);
    MadeUpRun after = new MadeUpRun().backend("simd", 4).backend("opencl", 6).revision("4567def");
    Row simd = decode(compare(before, after), "simd");
    assertEquals(Conclusion.ABSOLUTE_ONLY, simd.conclusion());
    assertMentions(simd.reason(), "neither naive nor kvcache", "--anchor");
    assertNull(simd.speedUp());
    assertTrue(requireNonNull(simd.after()) > requireNonNull(simd.before()));
    Row named = decode(compare(before, after, "opencl"), "simd");
    assertEquals(Conclusion.FASTER, named.conclusion());
    assertEquals(List.of("opencl"), named.anchors());
  }

  @Test
  void aChangeThatWasNotCommittedMayBeAnyCode() {
    Comparison comparison =
        compare(run().revision("0123abc-dirty"), run().revision("0123abc-dirty"));
    assertMentions(comparison.compared(), "revision", "different code on each side");
    assertEquals(Conclusion.ANCHOR, decode(comparison, "naive").conclusion());
  }

  @Test
  void ofOneRevisionEveryBackendIsJudgedByTheOthers() {
    Comparison comparison = compare(run(), run().drift(1.5));
    assertMentions(comparison.compared(), "nothing");
    for (String backend : List.of("naive", "kvcache", "simd")) {
      assertEquals(Conclusion.UNDECIDED, decode(comparison, backend).conclusion(), backend);
      assertEquals(2, decode(comparison, backend).anchors().size());
    }
  }

  @Test
  void anchorsThatMovedAgainstEachOtherAreNotBelieved() {
    MadeUpRun after =
        new MadeUpRun().backend("naive", 50).backend("kvcache", 15).backend("simd", 5);
    Comparison comparison = compare(run(), after.revision("4567def"));
    Row simd = decode(comparison, "simd");
    assertEquals(Conclusion.ABSOLUTE_ONLY, simd.conclusion());
    assertMentions(simd.reason(), "naive became slower than kvcache", "--anchor");
    Comparison named = compare(run(), after.revision("4567def"), "naive");
    assertEquals(Conclusion.UNDECIDED, decode(named, "simd").conclusion());
    assertEquals(Conclusion.FASTER, decode(named, "kvcache").conclusion());
    assertMentions(named.notes().toString(), "taken as unchanged: naive", "no check");
  }

  @Test
  void otherOptionsOfOneBackendAreComparedWithEachOther() {
    MadeUpRun before = new MadeUpRun().backend("naive", 50).backend("simd:threads=1", 6);
    MadeUpRun after = new MadeUpRun().backend("naive", 50).backend("simd:threads=2", 4);
    Comparison comparison = compare(before, after);
    Row simd = decode(comparison, "simd:threads=1 → simd:threads=2");
    assertEquals(Conclusion.FASTER, simd.conclusion());
    assertEquals(1.5, requireNonNull(simd.speedUp()).ratio(), 0.02);
    assertMentions(comparison.compared(), "options", "simd:threads=1 → simd:threads=2");
    // Nothing is left to judge naive by.
    assertEquals(Conclusion.ABSOLUTE_ONLY, decode(comparison, "naive").conclusion());
  }

  @Test
  void aJvmRunsEveryBackendSoItsAnchorMustBeNamed() {
    MadeUpRun after = run().host("jvm_version", "26+1");
    Row simd = decode(compare(run(), after), "simd");
    assertEquals(Conclusion.ABSOLUTE_ONLY, simd.conclusion());
    assertMentions(simd.reason(), "another JVM", "--anchor");
    Comparison named = compare(run(), after, "kvcache");
    assertEquals(Conclusion.UNDECIDED, decode(named, "simd").conclusion());
    assertMentions(named.compared(), "JVM", "25+1 → 26+1");
  }

  @Test
  void flagsOfAWorkerAreItsJvm() {
    Comparison comparison = compare(run(), run().jvmArguments("simd", "-XX:+UseZGC"));
    assertEquals(Conclusion.UNDECIDED, decode(comparison, "simd").conclusion());
    assertEquals(List.of("kvcache"), decode(comparison, "naive").anchors());
    Comparison two =
        compare(run(), run().revision("4567def").host("jvm_options", List.of("-Xint")));
    assertEquals(Conclusion.NOT_COMPARABLE, decode(two, "simd").conclusion());
    assertMentions(decode(two, "simd").reason(), "JVM and revision differ");
  }

  @Test
  void ofTwoMachinesOnlyAbsoluteFiguresAreShown() {
    MadeUpRun after = run().host("cpu", "Another").revision("4567def");
    Comparison comparison = compare(run(), after, "naive");
    for (Row row : comparison.rows()) {
      assertEquals(Conclusion.ABSOLUTE_ONLY, row.conclusion());
      assertNull(row.speedUp());
      assertMentions(row.reason(), "two classes of machine");
    }
    assertMentions(comparison.compared(), "machine (cpu: A processor → Another)");
    Comparison reboot = compare(run(), run().host("memory_bytes", 8_000_004_096L));
    assertEquals(Conclusion.UNDECIDED, decode(reboot, "simd").conclusion());
    Comparison memory = compare(run(), run().host("memory_bytes", 9_000_000_000L));
    assertEquals(Conclusion.ABSOLUTE_ONLY, decode(memory, "simd").conclusion());
  }

  @Test
  void wrongAnswersHaveNoSpeedAndLinkNothing() {
    MadeUpRun after =
        new MadeUpRun().wrongBackend("naive").backend("kvcache", 20).wrongBackend("simd");
    Comparison comparison = compare(run(), after.revision("4567def"));
    Row simd = decode(comparison, "simd");
    assertEquals(Conclusion.NOT_COMPARABLE, simd.conclusion());
    assertMentions(simd.reason(), "simd in", "after", "wrong answers");
    assertNull(simd.after());
    assertEquals(Conclusion.NOT_COMPARABLE, decode(comparison, "naive").conclusion());
    UserError error =
        assertThrows(UserError.class, () -> compare(run(), after.revision("4567def"), "naive"));
    assertMentions(String.valueOf(error.getMessage()), "--anchor naive", "wrong answers");
  }

  @Test
  void fewForksGiveARatioAndNoVerdict() {
    Row simd = decode(compare(run(), run().forks(2).revision("4567def")), "simd");
    assertEquals(Conclusion.TOO_FEW_FORKS, simd.conclusion());
    assertEquals(1, requireNonNull(simd.speedUp()).ratio(), 0.02);
    assertMentions(simd.reason(), "5 forks a side", "6 and 2");
  }

  @Test
  void promptsAreComparedOneByOneAndTogether() {
    MadeUpRun before = run().prompt("q", 4, 5).prompt("r", 6).prompt("s", 7);
    MadeUpRun after = run().prompt("q", 4, 5).prompt("r", 8).prompt("t", 9);
    Comparison comparison = compare(before, after.revision("4567def"));
    List<String> workloads =
        comparison.rows().stream()
            .filter(row -> row.backend().equals("simd") && row.metric() == Metric.DECODE)
            .map(Row::workload)
            .toList();
    assertEquals(List.of("p", "q", Comparison.ALL), workloads);
    assertMentions(
        comparison.notes().toString(),
        "prompt 'r' has other tokens",
        "prompt 's' is only in",
        "prompt 't' is only in");
  }

  @Test
  void oneNewTokenHasNothingToDecode() {
    Comparison comparison = compare(run().newTokens(1), run().newTokens(1));
    assertTrue(comparison.rows().stream().allMatch(row -> row.metric() == Metric.TTFT));
  }

  @Test
  void runsThatShareNothingAreRefusedByName() {
    assertRefused(run(), run().model("gpt2", "b".repeat(64)), "shakespeare", "gpt2", "one model");
    assertRefused(
        run(), run().newTokens(5), "share no workload", "3 new tokens", "5 in the second");
    assertRefused(run(), run().prompt("p", 9), "share no workload", "prompt 'p' has other tokens");
    assertRefused(
        run(), new MadeUpRun().backend("opencl", 1), "naive, kvcache, simd", "has opencl");
  }

  @Test
  void anotherDepthIsAnotherWorkload() {
    assertRefused(run().depth(2), run(), "share no workload", "a depth of 2 in the first run");
  }

  private void assertRefused(MadeUpRun before, MadeUpRun after, String... words) {
    UserError error = assertThrows(UserError.class, () -> compare(before, after));
    assertEquals(ExitCode.USAGE, error.exitCode());
    assertMentions(String.valueOf(error.getMessage()), words);
  }

  @Test
  void anAnchorThatIsNotSharedIsNamedWithThoseThatAre() {
    UserError error =
        assertThrows(UserError.class, () -> compare(run(), run().backend("cuda", 1), "kvcach"));
    assertMentions(
        String.valueOf(error.getMessage()), "did you mean 'kvcache'?", "naive, kvcache, simd");
    UserError cuda =
        assertThrows(UserError.class, () -> compare(run(), run().backend("cuda", 1), "cuda"));
    assertMentions(String.valueOf(cuda.getMessage()), "no backend 'cuda'");
  }

  @Test
  void whatOnlyOneRunHoldsIsSaid() {
    Comparison comparison = compare(run(), run().backend("cuda", 1).plan("warmups", 3));
    assertMentions(comparison.notes().toString(), "cuda is only in", "-w auto and is -w 3");
  }

  @Test
  void theSpreadOfAnAverageOverAnchorsIsSmaller() {
    // The stray of one anchor is in every ratio; of three, a third of each is.
    MadeUpRun before =
        new MadeUpRun().backend("a", 10).backend("b", 10).backend("c", 10).backend("x", 10);
    MadeUpRun after =
        new MadeUpRun().backend("a", 10).backend("b", 10).backend("c", 10).backend("x", 10);
    before.forks(40).spread(0.05);
    after.forks(40).spread(0.05);
    double three =
        requireNonNull(requireNonNull(decode(compare(before, after), "x").speedUp()).detectable());
    double one =
        requireNonNull(
            requireNonNull(decode(compare(before, after, "a"), "x").speedUp()).detectable());
    assertTrue(three < one, three + " is not less than " + one);
  }
}
