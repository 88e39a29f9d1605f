package dev.lockstep.harness.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.model.Models;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A server that has the interface of llama.cpp's, vLLM's or SGLang's, computes with kvcache, and
/// may misbehave. As a program of its own it takes a model, a profile, a behaviour and a port.
public final class EngineServer implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String profile;
  private final String behaviour;
  private final InferenceModel model;
  private final int endOfText;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /// @param endOfText at which id it stops; −1 for none
  private EngineServer(
      String modelArgument, String profile, String behaviour, int endOfText, int port)
      throws IOException {
    this.profile = profile;
    this.behaviour = behaviour;
    this.endOfText = endOfText;
    this.model =
        new KvCacheBackend()
            .load(
                Models.open(modelArgument).weights(),
                OptionValues.defaults(new KvCacheBackend().options()));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext("/health", exchange -> answer(exchange, 200, "text/plain", "ok"));
    server.createContext(
        "/v1/models",
        exchange -> answer(exchange, 200, "application/json", "{\"data\":[{\"id\":\"tiny\"}]}"));
    server.createContext("/completion", exchange -> generate(exchange, "llama.cpp"));
    server.createContext("/v1/completions", exchange -> generate(exchange, "vllm"));
    server.createContext("/generate", exchange -> generate(exchange, "sglang"));
    server.start();
  }

  static EngineServer start(String model, String profile, String behaviour) throws IOException {
    return new EngineServer(model, profile, behaviour, -1, 0);
  }

  static EngineServer stoppingAt(String model, int endOfText) throws IOException {
    return new EngineServer(model, "llama.cpp", "right", endOfText, 0);
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments[2].equals("ends")) {
      System.exit(7);
    }
    int port = Integer.parseInt(arguments[3]);
    new EngineServer(arguments[0], arguments[1], arguments[2], -1, port);
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    model.close();
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// What a client of this profile must have asked.
  private record Question(int[] ids, int count) {}

  private Question question(JsonNode body) {
    if (!body.path("stream").asBoolean()) {
      throw new IllegalArgumentException("no stream was asked for");
    }
    return switch (profile) {
      case "llama.cpp" -> {
        if (body.path("cache_prompt").asBoolean(true)
            || body.path("temperature").asDouble(1) != 0
            || body.path("repeat_penalty").asDouble(1.1) != 1
            || !body.path("return_tokens").asBoolean()
            || body.has("ignore_eos")) {
          throw new IllegalArgumentException("not greedy, or helped by a cache: " + body);
        }
        yield new Question(ids(body.path("prompt")), body.path("n_predict").asInt());
      }
      case "vllm" -> {
        if (!body.path("model").asText().equals("tiny")
            || body.path("temperature").asDouble(1) != 0
            || body.path("cache_salt").asText().isEmpty()
            || !body.path("return_token_ids").asBoolean()) {
          throw new IllegalArgumentException("not greedy, or helped by a cache: " + body);
        }
        yield new Question(ids(body.path("prompt")), body.path("max_tokens").asInt());
      }
      default -> {
        JsonNode sampling = body.path("sampling_params");
        if (sampling.path("temperature").asDouble(1) != 0) {
          throw new IllegalArgumentException("not greedy: " + body);
        }
        yield new Question(ids(body.path("input_ids")), sampling.path("max_new_tokens").asInt());
      }
    };
  }

  private static int[] ids(JsonNode node) {
    return MAPPER.convertValue(node, int[].class);
  }

  private void generate(HttpExchange exchange, String asked) throws IOException {
    Question question;
    try {
      if (!"close".equals(exchange.getRequestHeaders().getFirst("Connection"))) {
        throw new IllegalArgumentException("a connection may be used once");
      }
      question = question(MAPPER.readTree(exchange.getRequestBody()));
    } catch (RuntimeException e) {
      answer(exchange, 400, "application/json", "{\"error\": \"%s\"}".formatted(e.getMessage()));
      return;
    }
    if (!asked.equals(profile)) {
      answer(exchange, 404, "text/plain", "no such path");
      return;
    }
    switch (behaviour) {
      case "refuses" -> answer(exchange, 400, "application/json", "{\"error\":\"too\\nlong\"}");
      case "breaks" -> answer(exchange, 503, "text/html", "<html>overloaded</html>");
      case "pages" -> answer(exchange, 200, "text/html", "<html>welcome</html>");
      default -> stream(exchange, question);
    }
  }

  private void stream(HttpExchange exchange, Question question) throws IOException {
    List<Integer> ids = new ArrayList<>();
    try (InferenceSession session = model.newSession()) {
      int[] next = question.ids();
      for (int i = 0; i < question.count(); i++) {
        int token = session.forwardGreedy(next);
        ids.add(token);
        if (token == endOfText) {
          break;
        }
        next = new int[] {token};
      }
    }
    if (behaviour.equals("wrong")) {
      ids.set(ids.size() - 1, ids.getLast() == 0 ? 1 : 0);
    }
    exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (exchange;
        OutputStream out = exchange.getResponseBody()) {
      int chunk = behaviour.equals("chunks") ? 2 : 1;
      for (int i = 0; i < ids.size(); i += chunk) {
        int end = Math.min(ids.size(), i + chunk);
        if (i > 0 && behaviour.equals("dies")) {
          return;
        }
        if (i > 0 && behaviour.equals("stalls")) {
          sleep();
        }
        send(out, chunk(ids, i, end, end == ids.size()));
      }
      if (!profile.equals("llama.cpp")) {
        send(out, "[DONE]");
      }
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String chunk(List<Integer> ids, int from, int to, boolean last) throws IOException {
    List<Integer> own = behaviour.equals("text") ? List.of() : ids.subList(from, to);
    int count = behaviour.equals("miscounts") ? to + 1 : to;
    Map<String, Object> chunk = new LinkedHashMap<>();
    switch (profile) {
      case "llama.cpp" -> {
        chunk.put("content", "é—piece");
        chunk.put("tokens", own);
        chunk.put("stop", last);
        if (last) {
          chunk.put("tokens_predicted", count);
        }
      }
      case "vllm" -> {
        chunk.put("choices", List.of(Map.of("index", 0, "text", "é—piece", "token_ids", own)));
        if (last) {
          chunk.put("usage", Map.of("completion_tokens", count));
        }
      }
      default -> {
        chunk.put("text", "é—piece");
        chunk.put("output_ids", behaviour.equals("text") ? own : ids.subList(0, to));
        chunk.put("meta_info", Map.of("completion_tokens", count));
      }
    }
    return MAPPER.writeValueAsString(chunk);
  }

  /// In pieces that end in the middle of lines and of characters, where it behaves so.
  private void send(OutputStream out, String data) throws IOException {
    byte[] event = ("data: " + data + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    if (!behaviour.equals("pieces")) {
      out.write(event);
      out.flush();
      return;
    }
    for (byte b : event) {
      out.write(b);
      out.flush();
    }
  }
}
