package dev.lockstep.harness.measurement.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.diagnosis.operation.Deviation;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verdict;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.Verification.Divergence;
import dev.lockstep.harness.verification.Verification.Logits;
import dev.lockstep.harness.verification.Verification.Operation;
import dev.lockstep.harness.verification.Verification.Subject;
import dev.lockstep.harness.verification.Verification.Tokens;
import dev.lockstep.harness.verification.VerificationStep;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationCsvTest {
  private static final Subject SUBJECT =
      new Subject("simd", "threads=1", "p", "prefix-2", "golden", 3, 4);

  private static final List<Verification> ONE_OF_EACH_STEP =
      List.of(
          Verification.tokens(
              SUBJECT,
              Outcome.FAIL,
              new Tokens(
                  2,
                  MatchClass.DIVERGED,
                  0.75,
                  0.125,
                  new Verdict.Difference(3, 7, null, 0.5, null)),
              "token 3: expected 7, got nothing, and \"more\""),
          Verification.tokens(
              SUBJECT,
              Outcome.PASS,
              new Tokens(
                  1,
                  MatchClass.NEAR_TIE,
                  0.25,
                  1e-7,
                  new Verdict.Difference(1, 7, 8, 1e-7, 2.5e-6)),
              ""),
          Verification.tokens(SUBJECT, Outcome.ERROR, null, "gone"),
          new Verification(
              SUBJECT,
              VerificationStep.LOGITS,
              "",
              Outcome.APPROXIMATE,
              null,
              new Logits(6, Double.POSITIVE_INFINITY, 2, new Divergence(1e-7, 2e-9, 3e-8, 1, 0.5)),
              1.5e-5,
              null,
              ""),
          new Verification(
              SUBJECT,
              VerificationStep.SELF_CONSISTENCY,
              "rewind",
              Outcome.PASS,
              null,
              new Logits(6, 0, 0, null),
              1.5e-5,
              null,
              ""),
          new Verification(
              SUBJECT,
              VerificationStep.EXPLAIN,
              "prefill and decode",
              Outcome.FAIL,
              null,
              null,
              null,
              new Operation(
                  "h.1.ln_1", 2, new Deviation(5, 1.25, 1.2500001, 1e-8), "epsilon, perhaps"),
              "h.1.ln_1 is wrong"));

  @TempDir private Path directory;

  private Path write(List<Verification> verifications) {
    OutputDirectory output = OutputDirectory.open(directory);
    output.write(VerificationCsv.TABLE, verifications);
    return output.file(VerificationCsv.TABLE.fileName());
  }

  @Test
  void whatIsWrittenIsReadBack() {
    assertEquals(ONE_OF_EACH_STEP, VerificationCsv.read(write(ONE_OF_EACH_STEP)));
  }

  @Test
  void aCellThatIsNoSuchValueIsNamed() throws IOException {
    Path file = write(ONE_OF_EACH_STEP);
    String whole = Files.readString(file);
    for (String[] change :
        new String[][] {
          {",fail,", ",failed,", "column verdict: 'failed' is no outcome"},
          {",DIVERGED,", ",DIFFERENT,", "column match: "},
          {",0.75,", ",three quarters,", "column agreement: "},
          {",tokens,", ",,", "column step is blank"},
        }) {
      assertTrue(whole.contains(change[0]), whole);
      Files.writeString(file, whole.replace(change[0], change[1]));
      UserError error = assertThrows(UserError.class, () -> VerificationCsv.read(file));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.contains(change[2]) && message.contains(file.toString()), message);
    }
  }
}
