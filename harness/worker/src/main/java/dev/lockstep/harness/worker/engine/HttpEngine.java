package dev.lockstep.harness.worker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.model.format.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A server that is asked for tokens over HTTP: ids in, ids out. A server that gives text alone is
/// refused, for text that is turned into ids again need not have the same ones.
///
/// Every request has a connection of its own, and says so: llama.cpp's server closes one after an
/// answer that it streamed, without a word, and the next request on it would be lost.
public final class HttpEngine {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int ROUND_TRIPS = 21;
  private static final int MAX_EXCERPT = 200;
  private static final String DONE = "[DONE]";

  private final Link.Http link;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  /// Kept, for the server ends when nobody holds its pipe any more.
  private @Nullable ServerProcess started;

  private @Nullable String model;

  /// Receives the new ids of a chunk, which arrive together.
  @FunctionalInterface
  public interface ChunkSink {
    void accept(int[] ids);
  }

  public HttpEngine(Link.Http link) {
    this.link = link;
    this.model = link.model();
  }

  /// What keeps it from being asked, in one line; null if nothing is known to.
  public @Nullable String problem() {
    if (link.start() != null) {
      return null; // It is started when it is loaded.
    }
    try {
      int status = ready();
      return status == 200
          ? null
          : String.format(Locale.ROOT, "%s answers %d", uri(link.ready()), status);
    } catch (IOException e) {
      return "nothing answers at %s: %s".formatted(link.server(), describe(e));
    }
  }

  /// Starts the server if it is to be started, waits until it is ready, and learns what it calls
  /// the model.
  ///
  /// @throws EngineException if it does not become ready
  public void open() {
    Link.Program program = link.start();
    try {
      if (program != null) {
        ServerProcess server = ServerProcess.start(program);
        started = server;
        awaitReady(server);
      }
      if (link.profile() == HttpProfile.VLLM && model == null) {
        JsonNode name = MAPPER.readTree(get("/v1/models")).path("data").path(0).path("id");
        if (!name.isTextual()) {
          throw new EngineException("%s names no model".formatted(uri("/v1/models")));
        }
        model = name.textValue();
      }
    } catch (IOException e) {
      throw new EngineException("the server at %s: %s".formatted(link.server(), describe(e)), e);
    }
  }

  private void awaitReady(ServerProcess server) {
    long deadline = System.nanoTime() + link.readyTimeout().toNanos();
    String last = "nothing answers";
    while (System.nanoTime() < deadline) {
      Integer exitCode = server.exitCode();
      if (exitCode != null) {
        throw new EngineException(
            String.format(
                Locale.ROOT, "the server ended with exit code %d before it was ready", exitCode));
      }
      try {
        int status = ready();
        if (status == 200) {
          return;
        }
        last = String.format(Locale.ROOT, "it answers %d", status);
      } catch (IOException e) {
        last = describe(e);
      }
      sleep();
    }
    throw new EngineException(
        "the server was not ready at %s after %s s: %s"
            .formatted(uri(link.ready()), link.readyTimeout().toSeconds(), last));
  }

  /// The median time of a request that asks for nothing, in milliseconds.
  ///
  /// @throws EngineException if it does not answer
  public double roundTripMillis() {
    List<Long> nanos = new ArrayList<>();
    try {
      for (int i = 0; i < ROUND_TRIPS; i++) {
        long start = System.nanoTime();
        ready();
        nanos.add(System.nanoTime() - start);
      }
    } catch (IOException e) {
      throw new EngineException("the server at %s: %s".formatted(link.server(), describe(e)), e);
    }
    return nanos.stream().sorted().toList().get(ROUND_TRIPS / 2) / 1e6;
  }

  /// Asks for greedy tokens after a prompt and hands them on as they arrive; those of one chunk
  /// arrive together.
  ///
  /// @throws EngineException if it answers with an error, without ids, or not to the end
  public void generate(int[] promptIds, int newTokens, ChunkSink sink) {
    try {
      byte[] body = MAPPER.writeValueAsBytes(link.profile().body(promptIds, newTokens, model));
      HttpRequest request =
          request(link.profile().path())
              .header("Content-Type", "application/json")
              .header("Accept", "text/event-stream")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      HttpResponse<InputStream> response = send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (response.statusCode() != 200 || !type.startsWith("text/event-stream")) {
          String said = new String(in.readNBytes(4 * MAX_EXCERPT), StandardCharsets.UTF_8);
          throw new EngineException(
              String.format(
                  Locale.ROOT,
                  "%s answers %d%s: %s",
                  request.uri(),
                  response.statusCode(),
                  response.statusCode() == 200 ? " and no event stream" : "",
                  excerpt(said)));
        }
        stream(new EventStream(in), sink);
      }
    } catch (IOException e) {
      ServerProcess server = started;
      Integer exitCode = server == null ? null : server.exitCode();
      throw new EngineException(
          "the server at %s broke off: %s%s"
              .formatted(
                  link.server(),
                  describe(e),
                  exitCode == null ? "" : ", and it has ended with exit code " + exitCode),
          e);
    }
  }

  private void stream(EventStream events, ChunkSink sink) throws IOException {
    int seen = 0;
    String event;
    while ((event = events.next()) != null) {
      if (event.equals(DONE)) {
        return;
      }
      JsonNode chunk = chunk(event);
      seen = tokens(chunk, seen, sink);
      JsonNode count = link.profile().count(chunk);
      if (count.isInt() && count.intValue() != seen) {
        throw new EngineException(
            String.format(
                Locale.ROOT, "it counts %d new tokens where %d ids came", count.intValue(), seen));
      }
      if (link.profile().isLast(chunk)) {
        return;
      }
    }
    throw new EngineException(
        String.format(Locale.ROOT, "its stream broke off after %d tokens", seen));
  }

  private static JsonNode chunk(String event) {
    try {
      JsonNode chunk = MAPPER.readTree(event);
      if (chunk.has("error")) {
        throw new EngineException(
            "it answers with an error: " + excerpt(chunk.get("error").toString()));
      }
      return chunk;
    } catch (JsonProcessingException e) {
      throw new EngineException("it sent an event that is no JSON: " + excerpt(event), e);
    }
  }

  /// @return how many tokens there were by now
  private int tokens(JsonNode chunk, int seen, ChunkSink sink) {
    JsonNode ids = link.profile().ids(chunk);
    if (!ids.isArray() || ids.isEmpty()) {
      if (!link.profile().text(chunk).isEmpty() && seen == 0) {
        throw new EngineException(
            "it answers with text and without token ids, and text is not turned into ids again; does its version give ids, and is it a %s server?"
                .formatted(link.profile().label()));
      }
      return seen;
    }
    int first = link.cumulative() ? seen : 0;
    if (ids.size() < first) {
      throw new EngineException(
          "its chunks do not repeat the ids of those before; say \"cumulative\": false");
    }
    int[] chunkIds = new int[ids.size() - first];
    for (int i = 0; i < chunkIds.length; i++) {
      JsonNode id = ids.get(first + i);
      if (!id.isInt()) {
        throw new EngineException("it gave the id " + excerpt(id.toString()));
      }
      chunkIds[i] = id.intValue();
    }
    sink.accept(chunkIds);
    return seen + ids.size() - first;
  }

  private int ready() throws IOException {
    HttpRequest request = request(link.ready()).timeout(CONNECT_TIMEOUT).build();
    return send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private String get(String path) throws IOException {
    HttpRequest request = request(path).timeout(CONNECT_TIMEOUT).build();
    return send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Connection", "close");
  }

  private URI uri(String path) {
    return link.server().resolve(link.server().getPath().replaceAll("/$", "") + path);
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return client.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting for the server", e);
    }
  }

  private static String describe(IOException e) {
    return e instanceof ConnectException ? "the connection is refused" : FileProblem.describe(e);
  }

  private static String excerpt(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return OneLine.of(line.length() > MAX_EXCERPT ? line.substring(0, MAX_EXCERPT) + "..." : line);
  }
}
