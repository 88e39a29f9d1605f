package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineFile;
import dev.lockstep.harness.worker.engine.HttpEngine;
import dev.lockstep.harness.worker.engine.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The worker that asks a server for tokens, and takes their times as they arrive. Its arguments
/// are the socket, the file that describes the engine, and the engine's id. A server that it has
/// started sees the end of this process.
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
    ParentConnection connection = ParentConnection.open(Path.of(arguments[0]), ANSWERS);
    while (true) {
      connection.write(worker.answer(connection.next()));
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
