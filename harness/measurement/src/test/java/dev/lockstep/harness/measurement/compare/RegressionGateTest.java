package dev.lockstep.harness.measurement.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.ExitCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegressionGateTest {
  @TempDir Path directory;

  private RegressionGate.Outcome judge(double effect, MadeUpRun before, MadeUpRun after) {
    Comparison comparison =
        RunComparison.of(
            RecordedRun.read(before.write(directory.resolve("before"))),
            RecordedRun.read(after.revision("4567def").seed(2).write(directory.resolve("after"))),
            0.02,
            List.of());
    return new RegressionGate(effect).judge(comparison);
  }

  private static MadeUpRun run(double simdMillis) {
    return new MadeUpRun().backend("naive", 50).backend("simd", simdMillis);
  }

  @Test
  void aSlowDownBeyondTheEffectIsARegression() {
    RegressionGate.Outcome outcome = judge(0.05, run(5), run(6));
    assertEquals(ExitCode.REGRESSION, outcome.exitCode());
    assertTrue(outcome.lines().getFirst().startsWith("regression: simd, p, "), outcome.toString());
  }

  @Test
  void aSlowDownWithinTheEffectIsNone() {
    assertEquals(ExitCode.OK, judge(0.3, run(5), run(6)).exitCode());
    assertEquals(ExitCode.OK, judge(0.05, run(5), run(5)).exitCode());
    assertEquals(ExitCode.OK, judge(0.05, run(5), run(3)).exitCode());
  }

  @Test
  void whatWouldNotHaveBeenToldIsNotKnown() {
    RegressionGate.Outcome outcome = judge(0.05, run(5).spread(0.1), run(5).spread(0.1));
    assertEquals(ExitCode.ERROR, outcome.exitCode());
    assertTrue(outcome.lines().getFirst().contains("run more forks"), outcome.toString());
  }

  @Test
  void whatCannotBeComparedIsNotKnown() {
    MadeUpRun alone = new MadeUpRun().backend("simd", 5);
    MadeUpRun again = new MadeUpRun().backend("simd", 5);
    assertEquals(ExitCode.ERROR, judge(0.05, alone, again).exitCode());
    MadeUpRun wrong = new MadeUpRun().backend("naive", 50).wrongBackend("simd");
    assertEquals(ExitCode.ERROR, judge(0.05, run(5), wrong).exitCode());
    assertEquals(ExitCode.ERROR, judge(0.05, run(5).forks(3), run(6).forks(3)).exitCode());
  }

  @Test
  void anchorsAloneLeaveNothingToJudge() {
    MadeUpRun before = new MadeUpRun().backend("naive", 50).backend("kvcache", 20);
    MadeUpRun after = new MadeUpRun().backend("naive", 50).backend("kvcache", 20);
    RegressionGate.Outcome outcome = judge(0.05, before, after);
    assertEquals(ExitCode.ERROR, outcome.exitCode());
    assertTrue(outcome.lines().getFirst().contains("is an anchor"), outcome.toString());
  }

  @Test
  void aRegressionCountsWhateverElseIsUnknown() {
    MadeUpRun before = run(5).backend("other", 3);
    MadeUpRun after = run(6).wrongBackend("other");
    assertEquals(ExitCode.REGRESSION, judge(0.05, before, after).exitCode());
  }
}
