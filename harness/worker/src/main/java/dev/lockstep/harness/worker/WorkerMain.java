package dev.lockstep.harness.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// The worker process: connects to the socket that its only argument names, serves requests on the
/// main thread, and ends when the socket closes, even in the middle of a request.
public final class WorkerMain {
  private static final int EXIT_OUT_OF_MEMORY = 77;

  private WorkerMain() {}

  public static void main(String[] arguments) throws Exception {
    // A plugin's formats are read by machines, or compiled, as ours are.
    Locale.setDefault(Locale.ROOT);
    ParentConnection connection = ParentConnection.open(Path.of(arguments[0]), null);
    RequestHandler handler = new RequestHandler(connection::write);
    while (true) {
      serve(handler, connection, connection.next());
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // Standard error is the worker's log.
  private static void serve(RequestHandler handler, ParentConnection connection, Request request)
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
}
