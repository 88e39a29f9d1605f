package dev.lockstep.harness.worker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;

/// The worker process: connects to the socket that its only argument names, serves requests on the
/// main thread, and ends when the socket closes, even in the middle of a request.
public final class WorkerMain {
  private static final int EXIT_OUT_OF_MEMORY = 77;

  private WorkerMain() {}

  public static void main(String[] arguments) throws Exception {
    // A plugin's formats are read by machines, or compiled, as ours are.
    Locale.setDefault(Locale.ROOT);
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(Path.of(arguments[0])));
    JsonLines connection = new JsonLines(channel);
    connection.write(new Reply.Hello(Reply.PROTOCOL, null));
    LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    Thread.ofPlatform().daemon().name("requests").start(() -> receive(connection, requests));
    RequestHandler handler = new RequestHandler(connection::write);
    while (true) {
      serve(handler, connection, requests.take());
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // Standard error is the worker's log.
  private static void serve(RequestHandler handler, JsonLines connection, Request request)
      throws IOException {
    try {
      connection.write(handler.handle(request));
    } catch (OutOfMemoryError e) {
      connection.write(new Reply.Failed(e.getClass().getName(), String.valueOf(e.getMessage())));
      Runtime.getRuntime().halt(EXIT_OUT_OF_MEMORY);
    } catch (Throwable e) {
      // A backend may throw anything, Errors included; the parent is told and the log has the
      // stack.
      e.printStackTrace();
      connection.write(new Reply.Failed(e.getClass().getName(), String.valueOf(e.getMessage())));
    }
  }

  /// Reads ahead on a thread of its own, so that a parent's end is seen whatever the backend does.
  private static void receive(JsonLines connection, LinkedBlockingQueue<Request> requests) {
    try {
      Request request;
      while ((request = connection.read(Request.class)) != null) {
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
