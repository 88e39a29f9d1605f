package dev.lockstep.harness.report.page;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.page.Html.Cell;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How each backend's answers to each prompt compare with the reference's. Only `IDENTICAL` is
/// green; what is not says what it is, in words.
final class VerificationMatrix {
  private static final String NOT_COMPARED = "not compared";

  private final RunResults run;

  VerificationMatrix(RunResults run) {
    this.run = run;
  }

  void writeTo(Html html) {
    Set<String> prompts = new LinkedHashSet<>();
    Map<String, Map<String, List<Sample>>> byBackend = new LinkedHashMap<>();
    for (Sample sample : run.samples()) {
      prompts.add(sample.key().promptId());
      byBackend
          .computeIfAbsent(sample.key().label(), label -> new LinkedHashMap<>())
          .computeIfAbsent(sample.key().promptId(), prompt -> new ArrayList<>())
          .add(sample);
    }
    List<String> header = new ArrayList<>(List.of("backend"));
    header.addAll(prompts);
    List<List<Cell>> rows = new ArrayList<>();
    byBackend.forEach(
        (label, byPrompt) -> {
          List<Cell> row = new ArrayList<>(List.of(Cell.words(label)));
          prompts.forEach(
              prompt -> row.add(cell(label, prompt, byPrompt.getOrDefault(prompt, List.of()))));
          rows.add(row);
        });
    html.table(
        "The worst class of all answers to a prompt, compared with %s.".formatted(reference()),
        header,
        rows);
    problems(html);
  }

  private String reference() {
    String reference = run.environmentText("plan", "reference");
    return reference.isEmpty() ? "the reference" : "the reference (" + reference + ")";
  }

  private Cell cell(String label, String prompt, List<Sample> samples) {
    MatchClass match = null;
    for (Sample sample : samples) {
      match = worse(match, sample.match());
    }
    boolean logitsFail = false;
    for (Verification verification : run.verifications()) {
      Verification.Subject subject = verification.subject();
      if (subject.promptId().equals(prompt) && label(subject).equals(label)) {
        Verification.Tokens tokens = verification.tokens();
        match = worse(match, tokens == null ? null : tokens.match());
        logitsFail |= verification.outcome() == Outcome.FAIL && tokens == null;
      }
    }
    if (match == null) {
      return Cell.words(NOT_COMPARED);
    }
    boolean beyondBound = logitsFail && match == MatchClass.IDENTICAL;
    return new Cell(
        beyondBound ? "logits beyond the bound" : match.name(),
        beyondBound ? "diverged" : match.name().toLowerCase(Locale.ROOT));
  }

  private static @Nullable MatchClass worse(@Nullable MatchClass a, @Nullable MatchClass b) {
    return a == null || (b != null && b.compareTo(a) > 0) ? b : a;
  }

  private static String label(Verification.Subject subject) {
    return new Sample.Key(0, 0, subject.backend(), subject.options(), "").label();
  }

  private void problems(Html html) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Verification verification : run.verifications()) {
      if (verification.outcome() != Outcome.PASS) {
        Verification.Subject subject = verification.subject();
        rows.add(
            List.of(
                Cell.words(label(subject)),
                Cell.words(subject.promptId()),
                Cell.words(subject.variation()),
                Cell.words(verification.step().label()),
                Cell.words(verification.outcome().label()),
                Cell.words(
                    Objects.toString(
                        verification.tokens() == null ? null : verification.tokens().match(), "")),
                Cell.words(verification.reason())));
      }
    }
    if (!rows.isEmpty()) {
      html.table(
          "What did not pass.",
          List.of("backend", "prompt", "variation", "step", "verdict", "match", "reason"),
          rows);
    }
  }
}
