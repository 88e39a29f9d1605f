package dev.lockstep.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A hub on the loopback interface, right by default; any answer can be replaced by a lie.
///
/// It is the hub under the name `127.0.0.1` and the large-file store under the name `localhost`, so
/// that a redirect from one to the other leaves the host.
final class FakeHub implements AutoCloseable {
  static final String NAME = "owner/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @FunctionalInterface
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, Deque<Answer>> liesOnce = new ConcurrentHashMap<>();
  private final Map<String, Answer> liesAlways = new ConcurrentHashMap<>();
  private final Map<String, String> etags = new HashMap<>();
  private final Map<String, Long> linkedSizes = new HashMap<>();

  /// "METHOD host path [range] [authorized]" of every request.
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  FakeHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  String store(String path) {
    return "http://localhost:" + server.getAddress().getPort() + path;
  }

  void put(String file, byte[] content) {
    files.put(file, content);
  }

  void remove(String file) {
    files.remove(file);
  }

  void claimEtag(String file, String etag) {
    etags.put(file, etag);
  }

  void claimSize(String file, long bytes) {
    linkedSizes.put(file, bytes);
  }

  /// The next answer to a request for this path, instead of the right one.
  void lieOnce(String path, Answer answer) {
    liesOnce.computeIfAbsent(path, key -> new ConcurrentLinkedDeque<>()).add(answer);
  }

  /// Every answer to a request for this path.
  void lieAlways(String path, Answer answer) {
    liesAlways.put(path, answer);
  }

  static String listing() {
    return "/api/models/" + NAME + "/revision/main";
  }

  static String resolve(String file) {
    return "/" + NAME + "/resolve/" + COMMIT + "/" + file;
  }

  static String blob(String file) {
    return "/store/" + file;
  }

  long count(String start) {
    return requests.stream().filter(request -> request.startsWith(start)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    boolean authorized = exchange.getRequestHeaders().containsKey("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    String host = exchange.getRequestHeaders().getFirst("Host").replaceFirst(":.*", "");
    requests.add(
        "%s %s %s%s%s"
            .formatted(
                exchange.getRequestMethod(),
                host,
                path,
                range == null ? "" : " " + range,
                authorized ? " authorized" : ""));
    try (exchange) {
      Answer lie = nextLie(path);
      if (lie != null) {
        lie.to(exchange);
      } else if (path.equals(listing())) {
        send(exchange, 200, listingJson());
      } else if (path.startsWith("/store/")) {
        sendContent(exchange, content(path.substring("/store/".length())), range);
      } else {
        resolve(exchange, path.substring(path.lastIndexOf('/') + 1));
      }
    }
  }

  private @Nullable Answer nextLie(String path) {
    Deque<Answer> once = liesOnce.get(path);
    Answer answer = once == null ? null : once.pollFirst();
    return answer != null ? answer : liesAlways.get(path);
  }

  private byte[] listingJson() {
    ObjectNode root = new ObjectMapper().createObjectNode().put("sha", COMMIT);
    files.keySet().forEach(file -> root.withArray("/siblings").addObject().put("rfilename", file));
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Small files are sent at once under git's checksum; checkpoints redirect to the store.
  private void resolve(HttpExchange exchange, String file) throws IOException {
    byte[] content = files.get(file);
    if (content == null) {
      send(exchange, 404, new byte[0]);
      return;
    }
    boolean large = file.endsWith(".safetensors");
    String etag = etags.getOrDefault(file, hash(content, large ? 64 : 40));
    if (!large) {
      exchange.getResponseHeaders().set("ETag", "W/\"" + etag + "\"");
      sendContent(exchange, content, exchange.getRequestHeaders().getFirst("Range"));
      return;
    }
    exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag + "\"");
    long size = linkedSizes.getOrDefault(file, (long) content.length);
    exchange.getResponseHeaders().set("X-Linked-Size", Long.toString(size));
    redirect(exchange, store(blob(file)));
  }

  static String hash(byte[] content, int digits) {
    ContentHash hash = new ContentHash(new RemoteFile("0".repeat(digits), content.length));
    hash.update(content);
    return hash.value();
  }

  static void redirect(HttpExchange exchange, String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    send(exchange, 302, new byte[0]);
  }

  static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private static void sendContent(HttpExchange exchange, byte[] content, @Nullable String range)
      throws IOException {
    if (range == null) {
      send(exchange, 200, content);
      return;
    }
    int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
    exchange
        .getResponseHeaders()
        .set(
            "Content-Range",
            String.format(Locale.ROOT, "bytes %d-%d/%d", from, content.length - 1, content.length));
    send(exchange, 206, Arrays.copyOfRange(content, from, content.length));
  }

  /// The first bytes under the full length, and then the end of the connection.
  Answer truncated(String file, int bytes) {
    return exchange -> {
      byte[] content = content(file);
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, bytes);
      exchange.getResponseBody().flush();
    };
  }

  /// The first bytes, and then nothing until the server is closed.
  Answer stalling(String file, int bytes) {
    return exchange -> {
      byte[] content = content(file);
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, bytes);
      exchange.getResponseBody().flush();
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private byte[] content(String file) {
    return Objects.requireNonNull(files.get(file), file);
  }

  static Answer status(int status) {
    return exchange -> send(exchange, status, new byte[0]);
  }

  @Override
  public void close() {
    stopped.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
