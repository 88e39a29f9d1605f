package dev.lockstep.harness.verification;

import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.golden.GoldenCase;
import dev.lockstep.model.golden.GoldenFile;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a backend is held against: a golden file where it has the prompt, else the reference
/// backend that the user chose, else the oracle; and by how much fp32 rounding may stray from it.
/// It knows what it was asked once, so several backends can be held against it one after the other.
public final class Reference implements AutoCloseable {
  /// The source of what a golden file says.
  static final String GOLDEN = "golden";

  private final WorkerFactory factory;
  private final @Nullable BackendVariant backend;
  private final @Nullable GoldenFile golden;
  private final RoundingOracle oracle;
  private final Map<String, Expected> expected = new HashMap<>();
  private final Map<String, Double> bounds = new HashMap<>();
  private @Nullable Worker worker;

  /// @param backend computes what the golden file does not have; started when it is first needed.
  ///     Null for the oracle
  /// @param golden recorded for this model, or null
  /// @param store the oracle's earlier answers
  public Reference(
      WorkerFactory factory,
      @Nullable BackendVariant backend,
      @Nullable GoldenFile golden,
      AnswerStore store) {
    this.factory = factory;
    this.backend = backend;
    this.golden = golden;
    oracle = new RoundingOracle(factory, store);
  }

  /// The label of a reference backend; of the oracle for null.
  public static String label(@Nullable BackendVariant backend) {
    return backend == null ? RoundingOracle.LABEL : backend.label();
  }

  /// Knows what is right, and how rounding may stray from it.
  public RoundingOracle oracle() {
    return oracle;
  }

  /// Whose answers these are, where no golden file has them.
  public String label() {
    return label(backend);
  }

  /// Whether a backend that the user chose is the reference, and not the oracle.
  boolean isBackend() {
    return backend != null;
  }

  /// The `newTokens` tokens that follow a prompt greedily.
  ///
  /// @throws UserError if the reference backend cannot run here
  public Expected expected(int[] promptIds, int newTokens) throws WorkerFailure {
    if (golden != null) {
      for (GoldenCase known : golden.cases()) {
        if (Arrays.equals(known.promptIds(), promptIds) && known.greedyIds().length >= newTokens) {
          return of(known).first(newTokens);
        }
      }
    }
    if (backend == null) {
      return oracle.greedy(promptIds, newTokens);
    }
    Reply.Margins answer =
        worker(backend)
            .call(
                new Request.GreedyMargins(promptIds, newTokens),
                Reply.Margins.class,
                factory.timeout());
    return new Expected(answer.tokenIds(), answer.margins(), label());
  }

  /// The new tokens of a case.
  Expected expected(VerifyCase verifyCase) throws WorkerFailure {
    Expected known = expected.get(verifyCase.id());
    if (known == null) {
      known =
          verifyCase.golden() != null
              ? of(verifyCase.golden())
              : expected(verifyCase.promptIds(), verifyCase.newTokens());
      expected.put(verifyCase.id(), known);
    }
    return known;
  }

  private static Expected of(GoldenCase known) {
    return new Expected(known.greedyIds(), known.greedyMargins(), GOLDEN);
  }

  /// @throws UserError if the backend cannot run here, with the reason and what to do about it
  private Worker worker(BackendVariant backend) throws WorkerFailure {
    if (worker == null) {
      worker = start(backend);
    }
    return worker;
  }

  private Worker start(BackendVariant backend) throws WorkerFailure {
    Worker started = factory.start(backend);
    try {
      Reply.AvailabilityAnswer answer = factory.availability(started, backend);
      if (!answer.available()) {
        throw UserError.unavailable(
            "the reference %s is unavailable: %s; %s"
                .formatted(label(), answer.reason(), answer.remedy()));
      }
      factory.load(started, backend);
      return started;
    } catch (WorkerFailure | UserError e) {
      started.close();
      throw e;
    }
  }

  /// The prompt and the expected tokens that follow it, but for the last: the tokens whose logits
  /// generation computes.
  int[] forcedTokens(VerifyCase verifyCase) throws WorkerFailure {
    int[] following = expected(verifyCase).tokenIds();
    return Script.concatenate(
        verifyCase.promptIds(), Arrays.copyOf(following, Math.max(0, following.length - 1)));
  }

  /// The logits at every position of a reference that is a backend.
  ForcedLogits logits(int[] tokens) throws WorkerFailure {
    Worker reference = worker(Objects.requireNonNull(backend, "the oracle has exact logits"));
    return ForcedLogits.of(reference, tokens, 0, factory.config().vocabSize(), factory.timeout());
  }

  /// By how much logits may be off on the forced tokens of a case, as [RoundingBound] says.
  ///
  /// @throws WorkerFailure also if the reference itself is further off than that: it can judge
  ///     nobody
  double bound(VerifyCase verifyCase) throws WorkerFailure {
    Double known = bounds.get(verifyCase.id());
    if (known == null) {
      int[] tokens = forcedTokens(verifyCase);
      try (RoundingOracle.Answer answer = oracle.ask(tokens, 0)) {
        known = RoundingBound.of(answer, tokens.length);
        requireRight(verifyCase, tokens, answer, known);
      }
      bounds.put(verifyCase.id(), known);
    }
    return known;
  }

  private void requireRight(
      VerifyCase verifyCase, int[] tokens, RoundingOracle.Answer exact, double bound)
      throws WorkerFailure {
    LogitsComparison comparison = new LogitsComparison();
    GoldenCase golden = verifyCase.golden();
    if (golden != null) {
      comparison.add(exact.row(golden.promptIds().length - 1).exact(), golden.lastLogits());
    } else if (backend != null) {
      try (ForcedLogits own = logits(tokens)) {
        for (int position = 0; position < tokens.length; position++) {
          comparison.add(exact.row(position).exact(), own.row(position));
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
  RoundingOracle.Answer exactLogits(VerifyCase verifyCase) throws WorkerFailure {
    return oracle.ask(forcedTokens(verifyCase), 0);
  }

  /// Ends the workers; the next question starts new ones.
  @Override
  public void close() {
    oracle.close();
    closeBackend();
  }

  /// Ends the worker of a reference that is a backend.
  public void closeBackend() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }
}
