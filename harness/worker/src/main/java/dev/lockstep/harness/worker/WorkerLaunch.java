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

/// Starts a worker's process and waits until it can be spoken to.
///
/// @param process that was started
/// @param connection to it
record WorkerLaunch(Process process, JsonLines connection) {

  /// @throws WorkerFailure if it ends or does not connect in time
  static WorkerLaunch of(WorkerCommand command, LogExcerpt said, Duration timeout)
      throws WorkerFailure {
    return command.program().speaksOverStandardStreams()
        ? overStandardStreams(command)
        : overSocket(command, said, timeout);
  }

  private static WorkerLaunch overStandardStreams(WorkerCommand command) throws WorkerFailure {
    try {
      // It needs no socket; nobody reads this one.
      Process process = spawn(command, Path.of(""));
      return new WorkerLaunch(process, JsonLines.of(process));
    } catch (IOException e) {
      throw notStarted(command, e, "is it installed, and executable?");
    }
  }

  private static WorkerLaunch overSocket(WorkerCommand command, LogExcerpt said, Duration timeout)
      throws WorkerFailure {
    try {
      Path directory = LocalFiles.createTemporaryDirectory("lockstep");
      Path socket = directory.resolve("worker.sock");
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(socket));
        server.configureBlocking(false);
        Process process = spawn(command, socket);
        SocketChannel channel = accept(command, server, process, said, timeout);
        return new WorkerLaunch(process, new JsonLines(channel));
      } finally {
        LocalFiles.delete(socket);
        LocalFiles.delete(directory);
      }
    } catch (IOException e) {
      throw notStarted(
          command,
          e,
          command.program().isForeign()
              ? "is it installed, and executable?"
              : "is the temporary directory %s writable and its path short?"
                  .formatted(System.getProperty("java.io.tmpdir")));
    }
  }

  private static WorkerFailure notStarted(WorkerCommand command, IOException e, String question) {
    return new WorkerFailure(
        Kind.CRASHED,
        "worker %s could not be started: %s (%s)"
            .formatted(command.name(), FileProblem.describe(e), question));
  }

  private static Process spawn(WorkerCommand command, Path socket) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command.commandLine(socket));
    builder.environment().putAll(command.program().environment());
    if (command.program().speaksOverStandardStreams()) {
      builder.redirectError(LocalFiles.output(command.log()));
    } else {
      builder.redirectErrorStream(true).redirectOutput(LocalFiles.output(command.log()));
    }
    return builder.start();
  }

  private static SocketChannel accept(
      WorkerCommand command,
      ServerSocketChannel server,
      Process process,
      LogExcerpt said,
      Duration timeout)
      throws IOException, WorkerFailure {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      SocketChannel channel = server.accept();
      if (channel != null) {
        return channel;
      }
      if (!process.isAlive()) {
        throw WorkerEnd.of(command, process, said::ofStart);
      }
      if (System.nanoTime() > deadline) {
        WorkerEnd.kill(process);
        throw new WorkerFailure(
            Kind.TIMEOUT,
            String.format(
                Locale.ROOT,
                "worker %s did not start within %d s",
                command.name(),
                timeout.toSeconds()));
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        WorkerEnd.kill(process);
        Thread.currentThread().interrupt();
        throw new WorkerFailure(Kind.CRASHED, "interrupted while starting " + command.name());
      }
    }
  }
}
