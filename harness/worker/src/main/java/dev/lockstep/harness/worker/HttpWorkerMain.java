package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineFile;
import dev.lockstep.harness.worker.engine.HttpEngine;
import dev.lockstep.harness.worker.engine.Link;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/// The worker that asks a server for tokens, and takes their times as they arrive. Its arguments
/// are the socket, the file that describes the engine, and the engine's id.
final class HttpWorkerMain {
  private static final List<String> ANSWERS = List.of("availability", "load", "generate");

  private final Link.Http link;
  private final HttpEngine engine;

  private HttpWorkerMain(Link.Http link) {
    this.link = link;
    this.engine = new HttpEngine(link);
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Locale.setDefault(Locale.ROOT);
    HttpWorkerMain worker = new HttpWorkerMain(link(Path.of(arguments[1]), arguments[2]));
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(Path.of(arguments[0])));
    JsonLines connection = new JsonLines(channel);
    connection.write(new Reply.Hello(Reply.PROTOCOL, ANSWERS));
    LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    Thread.ofPlatform().daemon().start(() -> receive(connection, requests));
    while (true) {
      connection.write(worker.answer(requests.take()));
    }
  }

  private static Link.Http link(Path file, String id) {
    for (Engine engine : EngineFile.read(file)) {
      if (engine.id().equals(id) && engine.link() instanceof Link.Http http) {
        return http;
      }
    }
    throw new IllegalArgumentException("%s describes no server '%s'".formatted(file, id));
  }

  /// Whatever the server does meanwhile, the end of the parent is seen; a server that was started
  /// here sees the end of this process.
  private static void receive(JsonLines connection, LinkedBlockingQueue<Request> requests) {
    try {
      Request request;
      while ((request = connection.read(Request.class)) != null) {
        requests.add(request);
      }
    } catch (IOException | InvalidLineException e) {
      e.printStackTrace();
    }
    Runtime.getRuntime().halt(0);
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // Standard error is the worker's log.
  private Reply answer(Request request) {
    try {
      return switch (request) {
        case Request.CheckAvailability check -> availability();
        case Request.Load load -> load();
        case Request.Generate generate -> generate(generate);
        default -> throw new IllegalStateException("nobody said that it would be answered");
      };
    } catch (RuntimeException e) {
      e.printStackTrace();
      return new Reply.Failed(e.getClass().getName(), String.valueOf(e.getMessage()));
    }
  }

  private Reply availability() {
    String problem = engine.problem();
    return problem == null
        ? new Reply.AvailabilityAnswer(true, link.server().toString(), null, null)
        : new Reply.AvailabilityAnswer(
            false, null, problem, "start the server, or give the command that does");
  }

  private Reply load() {
    long start = System.nanoTime();
    engine.open();
    long nanos = System.nanoTime() - start;
    String roundTrip = String.format(Locale.ROOT, "%.3f", engine.roundTripMillis());
    return new Reply.Loaded(
        nanos,
        Map.of("device", link.server().toString(), Reply.Loaded.ROUND_TRIP, roundTrip),
        null);
  }

  private Reply generate(Request.Generate request) {
    if (request.depth() > 0) {
      throw new IllegalArgumentException("a server cannot be timed from a depth on");
    }
    int[] promptIds = request.promptIds();
    List<Integer> ids = new ArrayList<>();
    List<Long> nanos = new ArrayList<>();
    long start = System.nanoTime();
    engine.generate(
        promptIds,
        request.newTokens(),
        chunk -> {
          long now = System.nanoTime() - start;
          for (int id : chunk) {
            ids.add(id);
            nanos.add(now);
          }
        });
    return new Reply.Generated(
        ids.stream().mapToInt(Integer::intValue).toArray(),
        nanos.stream().mapToLong(Long::longValue).toArray(),
        Reply.Usage.UNKNOWN);
  }
}
