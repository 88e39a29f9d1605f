package dev.lockstep.harness.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.model.Models;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An engine of somebody else's: a program that speaks the protocol of docs/worker-protocol.md,
/// computes with kvcache, shows no logits, and may misbehave.
public final class EngineProgram {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String behaviour;
  private final PrintStream out;
  private @Nullable InferenceModel model;

  private EngineProgram(String behaviour, PrintStream out) {
    this.behaviour = behaviour;
    this.out = out;
  }

  /// The description of an engine that behaves so, in JSON.
  ///
  /// @param more fields, each after a comma
  static String description(String id, String behaviour, String more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(EngineProgram.class.getName(), behaviour));
    return "{\"id\": \"%s\", \"speaks\": \"exec\", \"command\": %s%s}"
        .formatted(id, MAPPER.writeValueAsString(command), more);
  }

  /// Writes a file of descriptions.
  static Path describe(Path directory, List<String> descriptions) throws IOException {
    String text = "{\"engines\": [%s]}".formatted(String.join(", ", descriptions));
    return Files.writeString(directory.resolve("engines.json"), text);
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("ends")) {
      System.err.println("no licence was found");
      System.exit(4);
    }
    if (arguments[0].equals("socket")) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(Path.of(arguments[1])));
        serve("right", Channels.newInputStream(channel), Channels.newOutputStream(channel));
      }
    } else {
      serve(arguments[0], System.in, System.out);
    }
  }

  private static void serve(String behaviour, InputStream in, OutputStream out) throws IOException {
    EngineProgram program =
        new EngineProgram(behaviour, new PrintStream(out, true, StandardCharsets.UTF_8));
    program.hello();
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    String line;
    while ((line = lines.readLine()) != null) {
      JsonNode request = MAPPER.readTree(line);
      switch (request.get("op").asText()) {
        case "load" -> program.load(request);
        case "generate" -> program.generate(request);
        default ->
            throw new IllegalStateException("nobody said that it would be answered: " + line);
      }
    }
  }

  private void send(Map<String, ?> reply) throws IOException {
    out.println(MAPPER.writeValueAsString(reply));
  }

  private void hello() throws IOException {
    switch (behaviour) {
      case "banner" -> out.println("Welcome to my engine!");
      case "newer" -> send(Map.of("reply", "hello", "protocol", 7, "answers", List.of("load")));
      case "speechless" -> send(Map.of("reply", "hello", "protocol", 1));
      case "loads-only" ->
          send(Map.of("reply", "hello", "protocol", 1, "answers", List.of("load")));
      default ->
          send(Map.of("reply", "hello", "protocol", 1, "answers", List.of("load", "generate")));
    }
  }

  private void load(JsonNode request) throws IOException {
    long start = System.nanoTime();
    model =
        new KvCacheBackend()
            .load(
                Models.open(request.get("model").asText()).weights(),
                OptionValues.defaults(new KvCacheBackend().options()));
    Map<String, String> path = Map.of("device", "cpu", "threads", "1");
    send(
        behaviour.equals("no-path")
            ? Map.of("reply", "loaded", "load_nanos", 1)
            : Map.of(
                "reply",
                "loaded",
                "load_nanos",
                System.nanoTime() - start,
                "execution_path",
                path));
  }

  private void generate(JsonNode request) throws IOException {
    int[] context = MAPPER.convertValue(request.get("prompt_ids"), int[].class);
    int depth = request.get("depth").asInt();
    int count = request.get("new_tokens").asInt();
    List<Integer> ids = new ArrayList<>();
    List<Long> nanos = new ArrayList<>();
    try (InferenceSession session = Objects.requireNonNull(model).newSession()) {
      if (depth > 0) {
        session.forward(Arrays.copyOf(context, depth));
      }
      long start = System.nanoTime();
      session.generateGreedy(
          Arrays.copyOfRange(context, depth, context.length),
          count,
          token -> {
            ids.add(token);
            nanos.add(System.nanoTime() - start);
          });
    }
    switch (behaviour) {
      case "dies" -> System.exit(3);
      case "stalls" -> {
        return;
      }
      case "fails" -> {
        send(Map.of("reply", "failed", "type", "CudaError", "message", "out of\nluck"));
        return;
      }
      case "lies" -> ids.set(ids.size() - 1, ids.getLast() == 0 ? 1 : 0);
      case "few" -> {
        ids.removeLast();
        nanos.removeLast();
      }
      case "timeless" -> nanos.clear();
      default -> {}
    }
    send(Map.of("reply", "generated", "token_ids", ids, "token_nanos", nanos));
  }
}
