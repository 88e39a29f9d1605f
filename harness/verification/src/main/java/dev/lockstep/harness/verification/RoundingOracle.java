package dev.lockstep.harness.verification;

import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.LogitsFile;
import dev.lockstep.harness.worker.Reply;
import dev.lockstep.harness.worker.Request;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.oracle.OracleBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Knows what is right, and how far fp32 rounding alone may stray from it: the numbers of the naive
/// backend in double and in single precision. They come from the store of earlier answers, else
/// from [dev.lockstep.oracle], in a worker that is started when it is first needed.
public final class RoundingOracle implements AutoCloseable {
  /// How many times the rounding error of naive fp32 another fp32 implementation may err. Naive
  /// adds up in the order that rounds worst, so a right one stays well below.
  public static final double ROUNDING_FACTOR = 16;

  /// Whose numbers these are.
  static final String LABEL = "naive";

  private static final BackendVariant ORACLE = new BackendVariant(new OracleBackend(), Map.of());

  private final WorkerFactory factory;
  private final AnswerStore store;
  private @Nullable Worker worker;

  public RoundingOracle(WorkerFactory factory, AnswerStore store) {
    this.factory = factory;
    this.store = store;
  }

  /// The memory that the worker needs for itself.
  public long privateBytes() {
    return factory.compactBytes(ORACLE);
  }

  /// What is right after one token.
  ///
  /// @param exact the logits in double precision, `[vocabSize]`
  /// @param roundingError max |single − exact|
  public record Row(double[] exact, double roundingError) {}

  /// The rows of several positions, on disk: at full size they are too many for memory.
  public static final class Answer implements AutoCloseable {
    private final LogitsFile rows;

    private Answer(LogitsFile rows) {
      this.rows = rows;
    }

    /// What is right at a position, counted from the first that was asked for.
    public Row row(int index) throws WorkerFailure {
      try {
        double[] row = rows.row(index);
        return new Row(Arrays.copyOf(row, row.length - 1), row[row.length - 1]);
      } catch (IOException e) {
        throw ForcedLogits.failed(e);
      }
    }

    @Override
    public void close() {
      try {
        rows.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// What is right at every position of `tokenIds` from `from` on.
  public Answer ask(int[] tokenIds, int from) throws WorkerFailure {
    return new Answer(
        answer(
            "logits from " + from,
            tokenIds,
            tokenIds.length - from,
            factory.config().vocabSize() + 1,
            file -> {
              Request request = new Request.OracleLogits(tokenIds, from, file.toString());
              worker().call(request, Reply.Done.class, factory.timeout());
            }));
  }

  /// As [#ask], but the answer is not kept: the question will not come again.
  /// Several threads may ask.
  synchronized Answer askOnce(int[] tokenIds, int from) throws WorkerFailure {
    try {
      Path file = ExchangeDirectory.newFile(".answer");
      try {
        Request request = new Request.OracleLogits(tokenIds, from, file.toString());
        worker().call(request, Reply.Done.class, factory.timeout());
        return new Answer(LogitsFile.open(file, factory.config().vocabSize() + 1));
      } finally {
        LocalFiles.deleteIfPossible(file);
      }
    } catch (IOException e) {
      throw ForcedLogits.failed(e);
    }
  }

  /// Whether its worker is there already, so that another question costs no start.
  public synchronized boolean isRunning() {
    return worker != null;
  }

  /// Starts the worker, if it is not running, so that nobody has to wait for it later.
  ///
  /// @throws WorkerFailure if it cannot be started
  public synchronized void start() throws WorkerFailure {
    worker();
  }

  /// Earlier answers.
  AnswerStore store() {
    return store;
  }

  /// Writes rows.
  interface RowWriter {
    void write(LogitsFile.Writer writer);
  }

  /// Keeps what was worked out from answers, as an answer.
  void keep(String question, int[] tokens, int columns, RowWriter rows) throws WorkerFailure {
    try {
      Path file = ExchangeDirectory.newFile(".answer");
      try {
        try (LogitsFile.Writer writer = LogitsFile.create(file, columns)) {
          rows.write(writer);
        }
        store.keep(question, tokens, file);
      } finally {
        LocalFiles.deleteIfPossible(file);
      }
    } catch (IOException e) {
      throw ForcedLogits.failed(e);
    }
  }

  /// The tokens that follow a prompt greedily in single precision, with their margins.
  public Expected greedy(int[] promptIds, int newTokens) throws WorkerFailure {
    try (LogitsFile answer =
        answer(
            "greedy " + newTokens,
            promptIds,
            2,
            newTokens,
            file -> {
              Request request = new Request.GreedyMargins(promptIds, newTokens);
              Reply.Margins margins =
                  worker().call(request, Reply.Margins.class, factory.timeout());
              try (LogitsFile.Writer writer = LogitsFile.create(file, newTokens)) {
                writer.append(Arrays.stream(margins.tokenIds()).asDoubleStream().toArray());
                writer.append(margins.margins());
              }
            })) {
      int[] tokenIds = Arrays.stream(answer.row(0)).mapToInt(id -> (int) id).toArray();
      return new Expected(tokenIds, answer.row(1), LABEL);
    } catch (IOException e) {
      throw ForcedLogits.failed(e);
    }
  }

  /// Has an answer written to a file.
  private interface Question {
    void answer(Path file) throws WorkerFailure, IOException;
  }

  /// The stored answer, else a new one, which is kept. Its file has no name any more, or belongs to
  /// the store.
  private LogitsFile answer(String question, int[] tokens, int rows, int columns, Question newly)
      throws WorkerFailure {
    LogitsFile known = store.find(question, tokens, rows, columns);
    if (known != null) {
      return known;
    }
    try {
      Path file = ExchangeDirectory.newFile(".answer");
      try {
        newly.answer(file);
        store.keep(question, tokens, file);
        return LogitsFile.open(file, columns);
      } finally {
        LocalFiles.deleteIfPossible(file);
      }
    } catch (IOException e) {
      throw ForcedLogits.failed(e);
    }
  }

  private Worker worker() throws WorkerFailure {
    if (worker == null) {
      worker = factory.openCompact(ORACLE);
    }
    return worker;
  }

  /// Ends the worker; the next question that is not known starts another.
  @Override
  public void close() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
  }
}
