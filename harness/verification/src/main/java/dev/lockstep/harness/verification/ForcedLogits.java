package dev.lockstep.harness.verification;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.LogitsFile;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/// The logits that a worker computes for given tokens (teacher forcing), kept in a temporary file:
/// at full size they are too many for memory.
public final class ForcedLogits implements AutoCloseable {
  private final Path file;
  private final LogitsFile logits;

  private ForcedLogits(Path file, LogitsFile logits) {
    this.file = file;
    this.logits = logits;
  }

  /// Lets a worker, with a model loaded, compute the logits at every position from `from` on in one
  /// teacher-forced pass.
  ///
  /// @throws WorkerFailure if it fails or shows another number of positions
  public static ForcedLogits of(
      Worker worker, int[] tokenIds, int from, int vocabSize, Duration timeout)
      throws WorkerFailure {
    return ask(
        worker,
        file -> new Request.TeacherForce(tokenIds, from, file),
        tokenIds.length - from,
        vocabSize,
        timeout);
  }

  /// Lets a worker compute the logits as generating does: after the prompt, then after each of
  /// `nextIds`.
  ///
  /// @throws WorkerFailure if it fails
  public static ForcedLogits stepwise(
      Worker worker, int[] promptIds, int[] nextIds, int vocabSize, Duration timeout)
      throws WorkerFailure {
    return ask(
        worker,
        file -> new Request.StepLogits(promptIds, nextIds, file),
        1 + nextIds.length,
        vocabSize,
        timeout);
  }

  private static ForcedLogits ask(
      Worker worker, Function<String, Request> request, int rows, int vocabSize, Duration timeout)
      throws WorkerFailure {
    try {
      Path file = ExchangeDirectory.newFile(".logits");
      try {
        worker.call(request.apply(file.toString()), Reply.Done.class, timeout);
        LogitsFile logits = LogitsFile.open(file, vocabSize);
        if (logits.rows() != rows) {
          long shown = logits.rows();
          logits.close();
          throw new WorkerFailure(
              WorkerFailure.Kind.INVALID_REPLY,
              String.format(
                  Locale.ROOT,
                  "%s showed logits of %d positions where %d were asked for",
                  worker.name(),
                  shown,
                  rows));
        }
        return new ForcedLogits(file, logits);
      } catch (WorkerFailure | IOException e) {
        LocalFiles.delete(file);
        throw e;
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// `[vocabSize]` after the token at `index`, counted from the first position asked for.
  public double[] row(int index) throws WorkerFailure {
    try {
      return logits.row(index);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  static WorkerFailure failed(IOException e) {
    return new WorkerFailure(
        WorkerFailure.Kind.ERROR,
        "logits could not be exchanged through %s: %s"
            .formatted(System.getProperty("java.io.tmpdir"), FileProblem.describe(e)));
  }

  @Override
  public void close() {
    try {
      logits.close();
      LocalFiles.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
