package dev.lockstep.verify;

import dev.lockstep.worker.LogitsFile;
import dev.lockstep.worker.Reply;
import dev.lockstep.worker.Request;
import dev.lockstep.worker.Worker;
import dev.lockstep.worker.WorkerFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// The logits that a worker computes for given tokens (teacher forcing), kept in a temporary file:
// at
/// full size they are too many for memory.
public final class ForcedLogits implements AutoCloseable {
  private final Path file;
  private final LogitsFile logits;

  private ForcedLogits(Path file, LogitsFile logits) {
    this.file = file;
    this.logits = logits;
  }

  /// Lets a worker, with a model loaded, compute the logits at every position from `from` on.
  ///
  /// @throws WorkerFailure if it fails or shows another number of positions
  public static ForcedLogits of(
      Worker worker, int[] tokenIds, int from, int vocabSize, Duration timeout)
      throws WorkerFailure {
    try {
      Path file = Files.createTempFile("lockstep", ".logits");
      try {
        worker.call(
            new Request.TeacherForce(tokenIds, from, file.toString()), Reply.Done.class, timeout);
        LogitsFile logits = LogitsFile.open(file, vocabSize);
        if (logits.rows() != tokenIds.length - from) {
          long rows = logits.rows();
          logits.close();
          throw new WorkerFailure(
              WorkerFailure.Kind.RUBBISH,
              "%s showed logits of %d positions where %d were asked for"
                  .formatted(worker.name(), rows, tokenIds.length - from));
        }
        return new ForcedLogits(file, logits);
      } catch (WorkerFailure | IOException e) {
        Files.deleteIfExists(file);
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

  private static WorkerFailure failed(IOException e) {
    return new WorkerFailure(
        WorkerFailure.Kind.ERROR,
        "logits could not be exchanged through %s: %s"
            .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()));
  }

  @Override
  public void close() {
    try {
      logits.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
