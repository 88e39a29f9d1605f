package dev.lockstep.harness.verification;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.ActivationsFile;
import dev.lockstep.harness.worker.LogitsFile;
import dev.lockstep.harness.worker.PlayStep;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A script that was played, its logits and what was observed, kept in temporary files.
final class Playback implements AutoCloseable {
  private final Script script;
  private final Path directory;
  private final Reply.Played played;
  private final LogitsFile logits;
  private final @Nullable ActivationsFile activations;

  /// Who plays: a worker, or in a test the model itself.
  @FunctionalInterface
  public interface ScriptRunner {
    Reply.Played play(Request.Play request) throws WorkerFailure, IOException;

    /// A worker with the model loaded.
    static ScriptRunner of(Worker worker, Duration timeout) {
      return request -> worker.call(request, Reply.Played.class, timeout);
    }
  }

  private Playback(
      Script script,
      Path directory,
      Reply.Played played,
      LogitsFile logits,
      @Nullable ActivationsFile activations) {
    this.script = script;
    this.directory = directory;
    this.played = played;
    this.logits = logits;
    this.activations = activations;
  }

  /// Plays a script.
  ///
  /// @throws WorkerFailure if the backend fails, or answers with another number of rows
  public static Playback of(ScriptRunner runner, Script script, int vocabSize)
      throws WorkerFailure {
    boolean observes =
        script.steps().stream().anyMatch(step -> step.action() == PlayStep.Action.OBSERVE);
    try {
      Path directory = ExchangeDirectory.newDirectory();
      try {
        Path logitsFile = directory.resolve("logits");
        Path activationsFile = directory.resolve("activations");
        Reply.Played played =
            runner.play(
                new Request.Play(
                    script.steps(),
                    script.concurrently(),
                    logitsFile.toString(),
                    observes ? activationsFile.toString() : null));
        if (observes && played.shown().isEmpty() && Files.notExists(activationsFile)) {
          LocalFiles.create(activationsFile).close(); // Who shows nothing need not write a file.
        }
        LogitsFile logits = LogitsFile.open(logitsFile, vocabSize);
        requireRows(script, logits);
        return new Playback(
            script,
            directory,
            played,
            logits,
            observes ? ActivationsFile.open(activationsFile) : null);
      } catch (WorkerFailure | IOException e) {
        delete(directory);
        throw e;
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static void requireRows(Script script, LogitsFile logits)
      throws IOException, WorkerFailure {
    long rows = logits.rows();
    int asked = script.rows().size();
    if (rows != asked) {
      logits.close();
      throw new WorkerFailure(
          WorkerFailure.Kind.INVALID_REPLY,
          String.format(
              Locale.ROOT, "logits of %d positions came where %d were asked for", rows, asked));
    }
  }

  static WorkerFailure failed(IOException e) {
    return new WorkerFailure(
        WorkerFailure.Kind.ERROR,
        "results could not be exchanged through %s: %s"
            .formatted(System.getProperty("java.io.tmpdir"), FileProblem.describe(e)));
  }

  public Script script() {
    return script;
  }

  /// What came besides logits and activations.
  public Reply.Played played() {
    return played;
  }

  /// A row of logits, in the order of [Script#rows].
  public double[] logits(int row) throws WorkerFailure {
    try {
      return logits.row(row);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// What the observed sessions showed.
  ///
  /// @throws IllegalStateException if none was observed
  public ActivationsFile activations() {
    if (activations == null) {
      throw new IllegalStateException("no session was observed");
    }
    return activations;
  }

  private static void delete(Path directory) throws IOException {
    LocalFiles.delete(directory.resolve("logits"));
    LocalFiles.delete(directory.resolve("activations"));
    LocalFiles.delete(directory);
  }

  @Override
  public void close() {
    try {
      logits.close();
      if (activations != null) {
        activations.close();
      }
      delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
