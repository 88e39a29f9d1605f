package dev.lockstep.harness.worker;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.WorkerFailure.Kind;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The parent's end of one worker process. Not thread-safe: one request at a time.
///
/// Whatever goes wrong with the process is a [WorkerFailure]; after any but [Kind#ERROR] the
/// process is gone. A worker ends by itself when its socket closes, so that a killed parent leaves
/// none behind.
public final class Worker implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(5);
  private static final int SIGKILLED = 128 + 9;

  private final WorkerCommand command;
  private final Process process;
  private final JsonLines connection;
  private final LogExcerpt said;
  private final LinkedBlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>();

  /// What the reader thread saw: a reply, the end of the stream, or a line that is no reply.
  private sealed interface Incoming {
    record Message(Reply reply) implements Incoming {}

    record End() implements Incoming {}

    record Rubbish(String problem) implements Incoming {}
  }

  private Worker(WorkerCommand command, Process process, SocketChannel channel, LogExcerpt said) {
    this.command = command;
    this.process = process;
    this.said = said;
    this.connection = new JsonLines(channel);
    Thread.ofPlatform().daemon().name("worker-" + command.name()).start(this::receive);
  }

  /// Starts a worker and waits until it has connected.
  ///
  /// @throws WorkerFailure if it ends or does not connect in time
  public static Worker start(WorkerCommand command) throws WorkerFailure {
    try {
      Path directory = LocalFiles.createTemporaryDirectory("lockstep");
      Path socket = directory.resolve("worker.sock");
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(socket));
        server.configureBlocking(false);
        LogExcerpt said = LogExcerpt.since(command.log());
        Process process = spawn(command, socket);
        Worker worker = new Worker(command, process, accept(command, server, process, said), said);
        worker.expectHello();
        return worker;
      } finally {
        LocalFiles.delete(socket);
        LocalFiles.delete(directory);
      }
    } catch (IOException e) {
      throw new WorkerFailure(
          Kind.CRASHED,
          "worker %s could not be started: %s (is the temporary directory %s writable and its path short?)"
              .formatted(
                  command.name(), FileProblem.describe(e), System.getProperty("java.io.tmpdir")));
    }
  }

  private static Process spawn(WorkerCommand command, Path socket) throws IOException {
    return new ProcessBuilder(command.commandLine(socket))
        .redirectErrorStream(true)
        .redirectOutput(LocalFiles.output(command.log()))
        .start();
  }

  private static SocketChannel accept(
      WorkerCommand command, ServerSocketChannel server, Process process, LogExcerpt said)
      throws IOException, WorkerFailure {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      SocketChannel channel = server.accept();
      if (channel != null) {
        return channel;
      }
      if (!process.isAlive()) {
        throw crashed(command, process, said::ofStart);
      }
      if (System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new WorkerFailure(
            Kind.TIMEOUT,
            String.format(
                Locale.ROOT,
                "worker %s did not start within %d s",
                command.name(),
                START_TIMEOUT.toSeconds()));
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new WorkerFailure(Kind.CRASHED, "interrupted while starting " + command.name());
      }
    }
  }

  private void expectHello() throws WorkerFailure {
    Reply.Hello hello = expect(Reply.Hello.class, START_TIMEOUT);
    if (hello.protocol() != Reply.PROTOCOL) {
      throw rubbish(
          String.format(
              Locale.ROOT, "speaks protocol %d, not %d", hello.protocol(), Reply.PROTOCOL));
    }
  }

  private void receive() {
    try {
      Reply reply;
      while ((reply = connection.read(Reply.class)) != null) {
        incoming.add(new Incoming.Message(reply));
      }
      incoming.add(new Incoming.End());
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      incoming.add(new Incoming.Rubbish(e.getOriginalMessage()));
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

  private void send(Request request) throws WorkerFailure {
    try {
      connection.write(request);
    } catch (IOException e) {
      throw crashed(command, process, said::ofCrash);
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
      throw rubbish("sent %s where %s was expected".formatted(reply, type.getSimpleName()));
    }
    return type.cast(reply);
  }

  private Reply next(Duration timeout) throws WorkerFailure {
    Incoming next;
    try {
      next = incoming.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new WorkerFailure(Kind.CRASHED, "interrupted while waiting for " + command.name());
    }
    return switch (next) {
      case Incoming.Message(Reply reply) -> reply;
      case Incoming.Rubbish(String problem) ->
          throw rubbish("sent a line that is no reply: " + problem);
      case Incoming.End() -> throw crashed(command, process, said::ofCrash);
      case null -> throw timedOut(timeout);
    };
  }

  private WorkerFailure failure(Reply.Failed failed) {
    if (failed.type().equals(InvalidReplyException.class.getName())) {
      return rubbish("was given rubbish by its backend: " + oneLine(failed.message()));
    }
    if (failed.type().equals(NonFiniteLogitsException.class.getName())) {
      return new WorkerFailure(Kind.ERROR, command.name() + ": " + oneLine(failed.message()));
    }
    boolean outOfMemory = failed.type().equals(OutOfMemoryError.class.getName());
    if (outOfMemory) {
      process.destroyForcibly();
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

  private WorkerFailure rubbish(String problem) {
    process.destroyForcibly();
    return new WorkerFailure(
        Kind.INVALID_REPLY,
        "worker %s %s (log: %s)".formatted(command.name(), problem, command.log()));
  }

  private WorkerFailure timedOut(Duration timeout) {
    ThreadDump.request(process, command.log());
    process.destroyForcibly();
    return new WorkerFailure(
        Kind.TIMEOUT,
        "worker %s did not answer within %s s and was killed; its threads' stacks are in %s"
            .formatted(command.name(), timeout.toNanos() / 1e9, command.log()));
  }

  /// @param said what its log says about it, asked when the process has ended
  private static WorkerFailure crashed(
      WorkerCommand command, Process process, Supplier<String> said) {
    String how = "ended unexpectedly";
    try {
      if (process.waitFor(EXIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        int code = process.exitValue();
        how = code > 128 ? "was killed by signal " + (code - 128) : "ended with exit code " + code;
        if (code == SIGKILLED) {
          how += ", as the system does when memory runs out";
        }
      } else {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    String why = said.get();
    return new WorkerFailure(
        Kind.CRASHED,
        "worker %s %s%s (log: %s)"
            .formatted(command.name(), how, why.isEmpty() ? "" : ": " + why, command.log()));
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
    end(EXIT_TIMEOUT);
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
      process.destroyForcibly();
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
