package dev.lockstep.harness.cli;

import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// How `tck` shows a contract: a line for each law as soon as its last variant is done, below it
/// the variants that broke it.
final class LawLines {
  private static final int MAX_REASON_LENGTH = 400;
  private static final String INDENT = " ".repeat(11);
  private static final int MAX_VARIANTS = 3;

  private final Consumer<String> out;
  private final List<LawResult> law = new ArrayList<>();
  private int held;
  private int broken;
  private int skipped;
  private String lastSkipReason = "";

  LawLines(Consumer<String> out) {
    this.out = out;
  }

  /// Variants of a law come one after the other.
  void add(LawResult result) {
    if (!law.isEmpty() && !law.getFirst().law().equals(result.law())) {
      flush();
    }
    law.add(result);
  }

  /// Shows the last law and how many there were.
  void finish(String label) {
    flush();
    out.accept(
        String.format(
            Locale.ROOT,
            "%s: %s: %d laws hold, %d broken, %d skipped",
            label,
            broken == 0 ? "PASS" : "FAIL",
            held,
            broken,
            skipped));
  }

  private void flush() {
    if (law.isEmpty()) {
      return;
    }
    List<LawResult> failed = law.stream().filter(r -> r.status() == Status.FAILED).toList();
    List<LawResult> aborted = law.stream().filter(r -> r.status() == Status.SKIPPED).toList();
    String name = law.getFirst().law();
    if (!failed.isEmpty()) {
      broken++;
      out.accept(line("FAIL", name));
      showBroken(failed);
    } else if (aborted.size() == law.size()) {
      skipped++;
      String reason = aborted.getFirst().reason();
      // An unavailable backend skips nearly everything, for one reason.
      out.accept(
          line("SKIPPED", name) + (reason.equals(lastSkipReason) ? "" : ": " + oneLine(reason)));
      lastSkipReason = reason;
    } else {
      held++;
      out.accept(line("PASS", name));
    }
    law.clear();
  }

  private static String line(String verdict, String name) {
    return "%-8s %s".formatted(verdict, name);
  }

  private void showBroken(List<LawResult> failed) {
    for (LawResult result : failed.subList(0, Math.min(MAX_VARIANTS, failed.size()))) {
      String variant = result.variant().isEmpty() ? "" : result.variant() + ": ";
      out.accept(INDENT + oneLine(variant + result.reason()));
    }
    if (failed.size() > MAX_VARIANTS) {
      out.accept(
          INDENT
              + String.format(
                  Locale.ROOT, "and in %d more variants", failed.size() - MAX_VARIANTS));
    }
  }

  /// What a backend throws may say anything.
  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= MAX_REASON_LENGTH ? line : line.substring(0, MAX_REASON_LENGTH) + " …";
  }
}
