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
import org.jspecify.annotations.Nullable;

/// What the tokens must be: from a golden file where it has the prompt, else from the reference
/// backend.
public final class ReferenceTokens implements AutoCloseable {
  /// The source of tokens that come from a golden file.
  public static final String GOLDEN = "golden";

  private final @Nullable GoldenFile golden;
  private final BackendVariant backend;
  private final WorkerFactory factory;
  private @Nullable Worker worker;

  /// @param golden recorded for this model, or null
  /// @param backend computes what the golden file does not have
  public ReferenceTokens(
      @Nullable GoldenFile golden, BackendVariant backend, WorkerFactory factory) {
    this.golden = golden;
    this.backend = backend;
    this.factory = factory;
  }

  /// The `newTokens` tokens that follow a prompt greedily.
  public Expected expected(int[] promptIds, int newTokens) throws WorkerFailure {
    if (golden != null) {
      for (GoldenCase known : golden.cases()) {
        if (Arrays.equals(known.promptIds(), promptIds) && known.greedyIds().length >= newTokens) {
          return new Expected(known.greedyIds(), known.greedyMargins(), GOLDEN).first(newTokens);
        }
      }
    }
    if (worker == null) {
      worker = open();
    }
    Reply.Margins answer =
        worker.call(
            new Request.GreedyMargins(promptIds, newTokens),
            Reply.Margins.class,
            factory.timeout());
    return new Expected(answer.tokenIds(), answer.margins(), backend.label());
  }

  /// @throws UserError if the backend cannot run here, with the reason and what to do about it
  private Worker open() throws WorkerFailure {
    Worker started = factory.start(backend);
    try {
      Reply.AvailabilityAnswer answer = factory.availability(started, backend);
      if (!answer.available()) {
        throw UserError.unavailable(
            "the reference %s is unavailable: %s; %s"
                .formatted(backend.label(), answer.reason(), answer.remedy()));
      }
      factory.load(started, backend);
      return started;
    } catch (WorkerFailure | UserError e) {
      started.close();
      throw e;
    }
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }
}
