package dev.lockstep.harness.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A browser without a window, driven by the DevTools protocol: it opens pages from disk and tells
/// what they asked for and complained about.
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final String LISTENING = "DevTools listening on ";
  private static final int TIMEOUT_SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private @Nullable String session;
  private int lastId;

  /// What a page is shown on.
  record Screen(int width, String colourScheme) {}

  /// What is missing to run one; null if nothing is.
  static @Nullable String missing() {
    return command() == null ? "none of %s is on the PATH".formatted(NAMES) : null;
  }

  private static @Nullable Path command() {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(":", -1))
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  Browser(Path profile) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                String.valueOf(command()),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    // A profile links to its socket: both go when the directory goes.
    builder.environment().put("TMPDIR", String.valueOf(profile.getParent()));
    process = builder.start();
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address()), new Listener(messages))
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    String target =
        call("Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
    session =
        call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", Map.of());
    }
  }

  /// Where it listens, which is the first thing it says. The rest is read away, so that it is never
  /// kept waiting.
  private String address() throws IOException {
    BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
    String line = errors.readLine();
    while (line != null && !line.startsWith(LISTENING)) {
      line = errors.readLine();
    }
    if (line == null) {
      throw new IOException("the browser ended before it listened");
    }
    Thread.ofVirtual().start(() -> errors.lines().forEach(ignored -> {}));
    return line.substring(LISTENING.length());
  }

  private record Listener(BlockingQueue<JsonNode> messages, StringBuilder part)
      implements WebSocket.Listener {
    Listener(BlockingQueue<JsonNode> messages) {
      this(messages, new StringBuilder());
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      part.append(text);
      if (last) {
        try {
          messages.add(JSON.readTree(part.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        part.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private JsonNode call(String method, Map<String, Object> parameters) throws Exception {
    int id = ++lastId;
    Map<String, Object> message =
        session == null
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
    socket.sendText(JSON.writeValueAsString(message), true).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    JsonNode answer = await(each -> each.path("id").asInt(-1) == id, method);
    if (answer.has("error")) {
      throw new IllegalStateException(method + ": " + answer.path("error"));
    }
    return answer.path("result");
  }

  private JsonNode await(java.util.function.Predicate<JsonNode> wanted, String what)
      throws InterruptedException {
    while (true) {
      JsonNode message = messages.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new IllegalStateException("the browser did not answer: " + what);
      }
      note(message);
      if (wanted.test(message)) {
        return message;
      }
    }
  }

  private void note(JsonNode message) {
    JsonNode parameters = message.path("params");
    switch (message.path("method").asText()) {
      case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown" ->
          complaints.add(parameters.toString());
      case "Network.requestWillBeSent" ->
          requests.add(parameters.path("request").path("url").asText());
      default -> {}
    }
  }

  /// Opens a page and forgets what earlier ones said.
  void open(Path page, Screen screen) throws Exception {
    complaints.clear();
    requests.clear();
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", screen.width(), "height", 800, "deviceScaleFactor", 1, "mobile", true));
    call(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", screen.colourScheme()))));
    call("Page.navigate", Map.of("url", page.toUri().toString()));
    await(each -> each.path("method").asText().equals("Page.loadEventFired"), "load");
  }

  /// The value of an expression in the page.
  JsonNode evaluate(String expression) throws Exception {
    return call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true))
        .path("result")
        .path("value");
  }

  /// A picture of the whole page.
  byte[] screenshot() throws Exception {
    String data =
        call("Page.captureScreenshot", Map.of("captureBeyondViewport", true)).path("data").asText();
    return java.util.Base64.getDecoder().decode(data);
  }

  /// Console messages, exceptions and violations of the policy since the page was opened.
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /// The addresses that were asked for since the page was opened, its own included.
  List<String> requests() {
    return List.copyOf(requests);
  }

  /// Ends it and the processes that it started, which write to its profile until they end.
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    socket.abort();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
  }
}
