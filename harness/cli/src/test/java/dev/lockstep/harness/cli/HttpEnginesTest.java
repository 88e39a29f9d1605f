package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.statistics.Flag;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers, each asked by its own interface, in the same rounds as backends and held to the same
/// tokens.
@Tag("processes")
class HttpEnginesTest {
  @TempDir private Path directory;

  private EngineRace race() {
    return new EngineRace(
        directory,
        "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n{\"id\":\"q\",\"prompt_ids\":[2,7]}\n",
        List.of("-n=4", "-r=1"));
  }

  private static String description(String id, String profile, String url, String more) {
    return "{\"id\": \"%s\", \"speaks\": \"http\", \"profile\": \"%s\", \"url\": \"%s\"%s}"
        .formatted(id, profile, url, more);
  }

  private Path describe(String profile, String url, String more) throws IOException {
    return EngineProgram.describe(directory, List.of(description("mine", profile, url, more)));
  }

  private CommandLineProcess.Result run(Path engines, String... more) throws Exception {
    return race().run(engines, "kvcache,mine", more);
  }

  private List<Sample> rows(String backend) {
    return race().rows(backend);
  }

  /// Profile, behaviour, and whether several tokens come in a chunk.
  private static final String[][] RIGHT = {
    {"llama.cpp", "right"},
    {"vllm", "pieces"},
    {"sglang", "right"},
    {"llama.cpp", "chunks"},
    {"vllm", "chunks"},
    {"sglang", "chunks"},
  };

  /// Profile, behaviour, and what is said about it.
  private static final String[][] WRONG = {
    {"llama.cpp", "wrong", "token 3: expected"},
    {"vllm", "wrong", "token 3: expected"},
    {"sglang", "wrong", "token 3: expected"},
    {"llama.cpp", "text", "it answers with text and without token ids"},
    {"vllm", "text", "it answers with text and without token ids"},
    {"sglang", "miscounts", "it counts 2 new tokens where 1 ids came"},
    {"vllm", "miscounts", "it counts 5 new tokens where 4 ids came"},
    {"llama.cpp", "miscounts", "it counts 5 new tokens where 4 ids came"},
    {"sglang", "dies", "its stream broke off after 1 tokens"},
    {"llama.cpp", "dies", "its stream broke off after 1 tokens"},
    {"vllm", "refuses", "answers 400: {\"error\":\"too\\nlong\"}"},
    {"sglang", "breaks", "answers 503: <html>overloaded</html>"},
    {"llama.cpp", "pages", "answers 200 and no event stream: <html>welcome</html>"},
    {"vllm", "stalls", "did not answer within 6.0 s"},
  };

  private static String id(String[] server) {
    return server[0].replace(".", "") + "-" + server[1];
  }

  /// A run with kvcache and a server of each kind.
  private CommandLineProcess.Result race(String[][] kinds, String... more) throws Exception {
    List<EngineServer> servers = new ArrayList<>();
    List<String> descriptions = new ArrayList<>();
    StringBuilder backends = new StringBuilder("kvcache");
    try {
      for (String[] kind : kinds) {
        servers.add(EngineServer.start(EngineRace.MODEL, kind[0], kind[1]));
        descriptions.add(description(id(kind), kind[0], servers.getLast().url(), ""));
        backends.append(',').append(id(kind));
      }
      Path engines = EngineProgram.describe(directory, descriptions);
      return race().run(engines, backends.toString(), more);
    } finally {
      servers.forEach(EngineServer::close);
    }
  }

  @Test
  void serversRaceAndTheirTokensAreCompared() throws Exception {
    CommandLineProcess.Result result = race(RIGHT);
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    for (String[] kind : RIGHT) {
      List<Sample> rows = rows(id(kind));
      assertEquals(2, rows.size());
      boolean together = kind[1].equals("chunks");
      for (Sample row : rows) {
        assertEquals(MatchClass.TOKENS_EQUAL, row.match());
        assertEquals("client", row.clock());
        // Tokens of one chunk are flagged, not spread out.
        assertEquals(together, row.flags().contains(Flag.SEVERAL_TOKENS), row.toString());
        Sample.Timing timing = row.timing();
        assertNotNull(timing);
        assertEquals(together, timing.itlMillis()[0] == 0);
      }
      String note = id(kind) + " is a server: its times are taken where its answers arrive";
      assertTrue(result.err().contains(note), result.err());
    }
  }

  @Test
  void oneThatMisbehavesCostsItsOwnRows() throws Exception {
    CommandLineProcess.Result result = race(WRONG, "--timeout", "6");
    assertEquals(ExitCode.MISMATCH, result.exitCode(), result.err());
    assertEquals(2, rows("kvcache").stream().filter(Sample::isTimed).count());
    for (String[] kind : WRONG) {
      List<Sample> rows = rows(id(kind));
      assertFalse(rows.isEmpty());
      assertTrue(rows.stream().noneMatch(Sample::isTimed), rows.toString());
      String reasons = rows.stream().map(Sample::reason).toList().toString();
      assertTrue(reasons.contains(kind[2]), id(kind) + ": " + reasons);
      assertFalse(reasons.contains("EngineException"), reasons);
    }
  }

  /// The third token after the first prompt ends a text, the second prompt meets none.
  @Test
  void whereTheReferenceMeetsTheEndOfATextAServerIsNotAsked() throws Exception {
    int end;
    try (EngineServer server = EngineServer.start(EngineRace.MODEL, "llama.cpp", "right")) {
      run(describe("llama.cpp", server.url(), ""), "--tokens");
      end = token("p", 2);
      assertTrue(token("q", 0) != end && token("q", 1) != end && token("q", 2) != end);
    }
    Files.move(race().output(), directory.resolve("before"));
    try (EngineServer server = EngineServer.stoppingAt(EngineRace.MODEL, end)) {
      CommandLineProcess.Result result =
          run(describe("llama.cpp", server.url(), ", \"end_of_text\": " + end));
      assertEquals(ExitCode.OK, result.exitCode(), result.err());
      assertEquals(List.of("q"), rows("mine").stream().map(row -> row.key().promptId()).toList());
      assertEquals(2, rows("kvcache").size());
      assertTrue(result.err().contains("mine is not asked p: the reference meets the end"));
    }
  }

  private int token(String prompt, int index) throws IOException {
    List<String> lines = Files.readAllLines(race().output().resolve("tokens.csv"));
    List<String> header = List.of(lines.getFirst().split(","));
    return lines.stream()
        .map(line -> List.of(line.split(",")))
        .filter(
            cells ->
                cells.get(header.indexOf("backend")).equals("kvcache")
                    && cells.get(header.indexOf("prompt_id")).equals(prompt)
                    && cells.get(header.indexOf("token_index")).equals(Integer.toString(index)))
        .mapToInt(cells -> Integer.parseInt(cells.get(header.indexOf("token_id"))))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() throws Exception {
    Path engines = describe("llama.cpp", "http://127.0.0.1:" + freePort(), "");
    CommandLineProcess.Result result = run(engines);
    assertEquals(ExitCode.UNAVAILABLE, result.exitCode(), result.err());
    assertTrue(result.err().contains("nothing answers at http://127.0.0.1:"), result.err());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private String command(String behaviour, int port) {
    return ", \"command\": [\"%s\", \"-cp\", \"%s\", \"%s\", \"%s\", \"llama.cpp\", \"%s\", \"%s\"], \"ready_timeout_s\": 30"
        .formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            EngineServer.class.getName(),
            EngineRace.MODEL,
            behaviour,
            port);
  }

  @Test
  void aServerThatIsStartedHereEndsWithTheRun() throws Exception {
    int port = freePort();
    CommandLineProcess.Result result =
        run(describe("llama.cpp", "http://127.0.0.1:" + port, command("right", port)));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    assertTrue(rows("mine").stream().allMatch(Sample::isTimed));
    for (int waited = 0; waited < 100 && isServing(port); waited++) {
      Thread.sleep(100);
    }
    assertFalse(isServing(port), "the server was left behind");
  }

  private static boolean isServing(int port) {
    return ProcessHandle.allProcesses()
        .anyMatch(
            process ->
                process.info().commandLine().orElse("").contains(EngineServer.class.getName())
                    && process.info().commandLine().orElse("").endsWith(" " + port));
  }

  @Test
  void aServerThatEndsBeforeItIsReadyIsToldOf() throws Exception {
    int port = freePort();
    CommandLineProcess.Result result =
        run(describe("llama.cpp", "http://127.0.0.1:" + port, command("ends", port)));
    assertEquals(ExitCode.ERROR, result.exitCode(), result.err());
    String reasons = rows("mine").stream().map(Sample::reason).toList().toString();
    assertTrue(reasons.contains("the server ended with exit code 7 before it was ready"), reasons);
  }
}
