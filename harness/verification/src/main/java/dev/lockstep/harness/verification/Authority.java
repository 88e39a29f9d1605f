package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.model.golden.GoldenCase;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a backend is held against: a golden file where the case has one, else the reference
/// backend; and by how much fp32 rounding may stray from it. What it was asked once it knows, so
/// several backends can be held against it one after the other.
public final class Authority implements AutoCloseable {
  /// The source of what a golden file says.
  static final String GOLDEN = "golden";

  private final @Nullable TestedBackend reference;
  private final RoundingOracle oracle;
  private final int vocabSize;
  private final Map<String, Expected> expected = new HashMap<>();
  private final Map<String, Double> bounds = new HashMap<>();

  /// @param reference null if every case is golden
  public Authority(
      VerifyJob.Workers workers,
      @Nullable BackendVariant reference,
      RoundingOracle oracle,
      int vocabSize) {
    this.reference =
        reference == null
            ? null
            : new TestedBackend(workers.opener(), reference, workers.timeout());
    this.oracle = oracle;
    this.vocabSize = vocabSize;
  }

  /// Knows what is right, and how rounding may stray from it.
  RoundingOracle oracle() {
    return oracle;
  }

  private TestedBackend backend() {
    if (reference == null) {
      throw new IllegalStateException("there is no reference backend");
    }
    return reference;
  }

  /// The new tokens of a case.
  Expected expected(VerifyCase verifyCase) throws WorkerFailure {
    Expected known = expected.get(verifyCase.id());
    if (known == null) {
      known = ask(verifyCase);
      expected.put(verifyCase.id(), known);
    }
    return known;
  }

  private Expected ask(VerifyCase verifyCase) throws WorkerFailure {
    if (verifyCase.golden() != null) {
      return new Expected(
          verifyCase.golden().greedyIds(), verifyCase.golden().greedyMargins(), GOLDEN);
    }
    Reply.Margins margins =
        backend()
            .worker()
            .call(
                new Request.GreedyMargins(verifyCase.promptIds(), verifyCase.newTokens()),
                Reply.Margins.class,
                backend().timeout());
    return new Expected(margins.tokenIds(), margins.margins(), backend().variant().label());
  }

  /// The prompt and the expected tokens that follow it, but for the last: the tokens whose logits
  /// generation computes.
  int[] forcedTokens(VerifyCase verifyCase) throws WorkerFailure {
    int[] following = expected(verifyCase).tokenIds();
    return Script.concatenate(
        verifyCase.promptIds(), Arrays.copyOf(following, Math.max(0, following.length - 1)));
  }

  /// The reference backend's logits at every position.
  ForcedLogits logits(int[] tokens) throws WorkerFailure {
    return ForcedLogits.of(backend().worker(), tokens, 0, vocabSize, backend().timeout());
  }

  /// The label of the reference backend.
  String label() {
    return backend().variant().label();
  }

  /// By how much logits may be off on the forced tokens of a case, as [RoundingBound] says.
  ///
  /// @throws WorkerFailure also if the authority itself is further off than that: it can judge
  ///     nobody
  double bound(VerifyCase verifyCase) throws WorkerFailure {
    Double known = bounds.get(verifyCase.id());
    if (known == null) {
      int[] tokens = forcedTokens(verifyCase);
      try (RoundingOracle.Answer answer = oracle.ask(tokens, 0)) {
        known = RoundingBound.of(answer, tokens.length);
        requireRight(verifyCase, tokens, answer.exact(), known);
      }
      bounds.put(verifyCase.id(), known);
    }
    return known;
  }

  private void requireRight(VerifyCase verifyCase, int[] tokens, ForcedLogits exact, double bound)
      throws WorkerFailure {
    LogitsComparison comparison = new LogitsComparison();
    GoldenCase golden = verifyCase.golden();
    if (golden != null) {
      comparison.add(exact.row(golden.promptIds().length - 1), golden.lastLogits());
    } else {
      try (ForcedLogits own = logits(tokens)) {
        for (int position = 0; position < tokens.length; position++) {
          comparison.add(exact.row(position), own.row(position));
        }
      }
    }
    if (comparison.nonFinite() > 0 || comparison.maxAbsDifference() > bound) {
      throw new WorkerFailure(
          WorkerFailure.Kind.ERROR,
          String.format(
              Locale.ROOT,
              "%s itself differs from naive in double precision on %s: max |d| %.3g is %.3g times what rounding can explain, %d of its logits are not finite; it can judge nobody",
              golden == null ? label() : "the golden file",
              verifyCase.id(),
              comparison.maxAbsDifference(),
              comparison.maxAbsDifference() / bound,
              comparison.nonFinite()));
    }
  }

  /// Naive's logits in double precision on the forced tokens of a case, at every position.
  ForcedLogits exactLogits(VerifyCase verifyCase) throws WorkerFailure {
    return oracle.exact(forcedTokens(verifyCase));
  }

  @Override
  public void close() {
    if (reference != null) {
      reference.close();
    }
  }
}
