package dev.lockstep.harness.worker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// A worker's end of the connection to its parent. Requests are read ahead by a thread of its own,
/// so that the parent's end is seen in the middle of a request too; it ends the process.
final class ParentConnection {
  private final JsonLines lines;
  private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  private ParentConnection(JsonLines lines) {
    this.lines = lines;
  }

  /// Connects and says hello.
  ///
  /// @param answers which kinds of requests are answered; null for all of them
  static ParentConnection open(Path socket, @Nullable List<String> answers) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    ParentConnection connection = new ParentConnection(new JsonLines(channel));
    connection.write(new Reply.Hello(Reply.PROTOCOL, answers));
    Thread.ofPlatform().daemon().name("requests").start(connection::receive);
    return connection;
  }

  /// The next request, when there is one.
  Request next() throws InterruptedException {
    return requests.take();
  }

  void write(Reply reply) throws IOException {
    lines.write(reply);
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // Standard error is the worker's log.
  private void receive() {
    try {
      Request request;
      while ((request = lines.read(Request.class)) != null) {
        requests.add(request);
      }
    } catch (IOException | InvalidLineException e) {
      e.printStackTrace();
    }
    if (Boolean.getBoolean(ClassArchives.MAKING)) {
      System.exit(0);
    }
    Runtime.getRuntime().halt(0);
  }
}
