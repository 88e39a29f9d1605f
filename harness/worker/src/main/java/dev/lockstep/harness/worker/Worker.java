package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.WorkerFailure.Kind;
import dev.lockstep.harness.worker.engine.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The parent's end of one worker process. Not thread-safe: one request at a time.
///
/// Whatever goes wrong with the process is a [WorkerFailure]; after any but [Kind#ERROR] the
/// process is gone. A worker ends by itself when its socket closes, so that a killed parent leaves
/// none behind.
public final class Worker implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  private final WorkerCommand command;
  private final Process process;
  private final JsonLines connection;
  private final LogExcerpt said;
  private final LinkedBlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>();

  /// Null for one that answers everything.
  private @Nullable Set<String> answers;

  /// What the reader thread saw: a reply, the end of the stream, or a line that is no reply.
  private sealed interface Incoming {
    record Message(Reply reply) implements Incoming {}

    record End() implements Incoming {}

    record Invalid(String problem) implements Incoming {}
  }

  private Worker(WorkerCommand command, WorkerLaunch launched, LogExcerpt said) {
    this.command = command;
    this.process = launched.process();
    this.connection = launched.connection();
    this.said = said;
    Thread.ofPlatform().daemon().name("worker-" + command.name()).start(this::receive);
  }

  /// Starts a worker and waits until it has said hello.
  ///
  /// @throws WorkerFailure if it ends or does not say so in time
  static Worker start(WorkerCommand command) throws WorkerFailure {
    LogExcerpt said = LogExcerpt.since(command.log(), command.program().isForeign());
    Worker worker = new Worker(command, WorkerLaunch.of(command, said, START_TIMEOUT), said);
    worker.expectHello();
    return worker;
  }

  private void expectHello() throws WorkerFailure {
    Reply.Hello hello;
    try {
      hello = expect(Reply.Hello.class, START_TIMEOUT);
    } catch (WorkerFailure e) {
      // What is printed before a hello tells why there is none.
      throw e.kind() == Kind.CRASHED ? WorkerEnd.of(command, process, said::ofStart) : e;
    }
    if (hello.protocol() != Reply.PROTOCOL) {
      throw invalid(
          String.format(
              Locale.ROOT, "speaks protocol %d, not %d", hello.protocol(), Reply.PROTOCOL));
    }
    List<String> own = hello.answers();
    if (command.program().isForeign()) {
      if (own == null || !own.containsAll(Request.REQUIRED)) {
        throw invalid(
            "answers %s; it must answer at least %s"
                .formatted(own == null ? "nothing" : own, String.join(", ", Request.REQUIRED)));
      }
      answers = Set.copyOf(own);
    }
  }

  private void receive() {
    try {
      Reply reply;
      while ((reply = connection.read(Reply.class)) != null) {
        incoming.add(new Incoming.Message(reply));
      }
      incoming.add(new Incoming.End());
    } catch (InvalidLineException e) {
      incoming.add(new Incoming.Invalid(String.valueOf(e.getMessage())));
    } catch (IOException e) {
      incoming.add(new Incoming.End());
    }
  }

  /// Sends a request and waits for its answer.
  ///
  /// @throws WorkerFailure if there is no such answer within `timeout`
  public <R extends Reply> R call(Request request, Class<R> answer, Duration timeout)
      throws WorkerFailure {
    send(request);
    return expect(answer, timeout);
  }

  /// Sends a request that is answered token by token, and hands the tokens on as they come.
  ///
  /// @param timeout for each token
  /// @throws WorkerFailure if a token or the final answer does not come
  public Reply.Generated stream(Request.Sample request, IntConsumer onToken, Duration timeout)
      throws WorkerFailure {
    return stream(
        request,
        Reply.Token.class,
        token -> onToken.accept(token.tokenId()),
        Reply.Generated.class,
        timeout);
  }

  /// Sends a request that is answered in parts, and hands the parts on as they come.
  ///
  /// @param timeout for each part
  /// @return the final answer
  /// @throws WorkerFailure if a part or the final answer does not come
  public <P extends Reply, R extends Reply> R stream(
      Request request, Class<P> part, Consumer<P> onPart, Class<R> answer, Duration timeout)
      throws WorkerFailure {
    send(request);
    while (true) {
      Reply reply = next(timeout);
      if (!part.isInstance(reply)) {
        return expected(reply, answer);
      }
      onPart.accept(part.cast(reply));
    }
  }

  /// Whether it answers requests of a kind; only somebody else's program may not.
  public boolean answers(Class<? extends Request> kind) {
    return answers == null || answers.contains(Request.op(kind));
  }

  /// Generates and says what that used: where the worker does not tell, what the system counts.
  ///
  /// @throws WorkerFailure if there is no answer within `timeout`
  public Reply.Generated generate(Request.Generate request, Duration timeout) throws WorkerFailure {
    if (!command.program().computesItself()) {
      return call(request, Reply.Generated.class, timeout);
    }
    ProcessCounters before = ProcessCounters.of(pid());
    Reply.Generated generated = call(request, Reply.Generated.class, timeout);
    return generated.usage().equals(Reply.Usage.UNKNOWN)
        ? new Reply.Generated(
            generated.tokenIds(),
            generated.tokenNanos(),
            ProcessCounters.of(pid()).since(before).usage(ProcessCounters.peakRssBytes(pid())))
        : generated;
  }

  private void send(Request request) throws WorkerFailure {
    if (!answers(request.getClass())) {
      throw new WorkerFailure(
          Kind.NOT_OFFERED,
          "%s does not answer '%s'".formatted(command.name(), Request.op(request.getClass())));
    }
    try {
      connection.write(request);
    } catch (IOException e) {
      throw WorkerEnd.of(command, process, said::ofCrash);
    }
  }

  private <R extends Reply> R expect(Class<R> type, Duration timeout) throws WorkerFailure {
    return expected(next(timeout), type);
  }

  private <R extends Reply> R expected(Reply reply, Class<R> type) throws WorkerFailure {
    if (reply instanceof Reply.Failed failed) {
      throw failure(failed);
    }
    if (!type.isInstance(reply)) {
      throw invalid("sent %s where %s was expected".formatted(reply, type.getSimpleName()));
    }
    return type.cast(reply);
  }

  private Reply next(Duration timeout) throws WorkerFailure {
    Incoming next;
    try {
      next = incoming.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      WorkerEnd.kill(process);
      Thread.currentThread().interrupt();
      throw new WorkerFailure(Kind.CRASHED, "interrupted while waiting for " + command.name());
    }
    return switch (next) {
      case Incoming.Message(Reply reply) -> reply;
      case Incoming.Invalid(String problem) ->
          throw invalid("sent a line that is no reply: " + problem);
      case Incoming.End() -> throw WorkerEnd.of(command, process, said::ofCrash);
      case null -> throw timedOut(timeout);
    };
  }

  private WorkerFailure failure(Reply.Failed failed) {
    if (failed.type().equals(InvalidReplyException.class.getName())) {
      return invalid("was given rubbish by its backend: " + oneLine(failed.message()));
    }
    if (failed.type().equals(NonFiniteLogitsException.class.getName())
        || failed.type().equals(EngineException.class.getName())) {
      return new WorkerFailure(Kind.ERROR, command.name() + ": " + oneLine(failed.message()));
    }
    boolean outOfMemory = failed.type().equals(OutOfMemoryError.class.getName());
    if (outOfMemory) {
      WorkerEnd.kill(process);
    }
    return new WorkerFailure(
        outOfMemory ? Kind.OUT_OF_MEMORY : Kind.ERROR,
        "%s threw %s: %s (log: %s)"
            .formatted(command.name(), failed.type(), oneLine(failed.message()), command.log()));
  }

  /// A backend's message may be anything; a row has room for a line.
  private static String oneLine(String message) {
    return message.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }

  private WorkerFailure invalid(String problem) {
    WorkerEnd.kill(process);
    return new WorkerFailure(
        Kind.INVALID_REPLY,
        "worker %s %s (log: %s)".formatted(command.name(), problem, command.log()));
  }

  private WorkerFailure timedOut(Duration timeout) {
    boolean foreign = command.program().isForeign();
    if (!foreign) {
      ThreadDump.request(process, command.log());
    }
    WorkerEnd.kill(process);
    return new WorkerFailure(
        Kind.TIMEOUT,
        "worker %s did not answer within %s s and was killed; its %s %s"
            .formatted(
                command.name(),
                timeout.toNanos() / 1e9,
                foreign ? "log is" : "threads' stacks are in",
                command.log()));
  }

  /// Which backend it is for.
  public String name() {
    return command.name();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /// The processor time that all threads of the process have used so far, or null if the system
  /// does not tell.
  public @Nullable Long cpuNanos() {
    return CpuTime.ofProcess(process.toHandle());
  }

  /// Ends the process.
  @Override
  public void close() {
    end(WorkerEnd.TIMEOUT);
  }

  /// Ends the process, which is killed if it takes too long.
  ///
  /// @return whether it has ended by itself, and well
  boolean end(Duration timeout) {
    try {
      connection.close();
      if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue() == 0;
      }
      WorkerEnd.kill(process);
    } catch (IOException e) {
      WorkerEnd.kill(process);
    } catch (InterruptedException e) {
      WorkerEnd.kill(process);
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
