package dev.lockstep.harness.worker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineFileTest {
  @TempDir private Path directory;

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("engines.json"), text);
  }

  private Engine only(String text) throws IOException {
    List<Engine> engines = EngineFile.read(write("{\"engines\":[%s]}".formatted(text)));
    assertEquals(1, engines.size());
    return engines.getFirst();
  }

  @Test
  void theFieldsAreRead() throws IOException {
    Engine engine =
        only(
            """
            {"id": "mine", "description": "GPT-2 in Rust", "speaks": "exec",
             "command": ["{here}/engine", "--fast"], "environment": {"THREADS": "2", "DATA": "{here}"},
             "transport": "socket",
             "claims": {"weights": "f16", "cache": "f16", "arithmetic": "f32", "approximate": false}}
            """);
    assertEquals("GPT-2 in Rust", engine.description());
    Link.Program program =
        new Link.Program(
            List.of(directory + "/engine", "--fast"),
            Map.of("THREADS", "2", "DATA", directory.toString()));
    assertEquals(new Link.Exec(program, true), engine.link());
    assertEquals(new Claims("f16", "f16", "f32", false), engine.claims());
  }

  @Test
  void whatIsNotSaidIsSinglePrecisionOverStandardStreams() throws IOException {
    Engine engine = only("{\"id\": \"mine\", \"speaks\": \"exec\", \"command\": [\"engine\"]}");
    assertEquals(
        new Link.Exec(new Link.Program(List.of("engine"), Map.of()), false), engine.link());
    assertEquals(new Claims("f32", "f32", "f32", false), engine.claims());
  }

  @Test
  void aServerIsReadWithWhatItsProfileImplies() throws IOException {
    Engine engine =
        only(
            """
            {"id": "mine", "speaks": "http", "profile": "sglang", "url": "http://127.0.0.1:30000"}
            """);
    assertEquals(
        new Link.Http(
            URI.create("http://127.0.0.1:30000"),
            HttpProfile.SGLANG,
            null,
            "/health",
            Duration.ofSeconds(300),
            null,
            true,
            50256),
        engine.link());
    assertTrue(engine.isTimedByClient());
    assertTrue(engine.stopsWithin(new int[] {5, 50256, 7}));
  }

  @Test
  void whatAServerNeedsMayBeSaid() throws IOException {
    Engine engine =
        only(
            """
            {"id": "mine", "speaks": "http", "profile": "vllm", "url": "https://host/base",
             "command": ["{here}/serve"], "environment": {"A": "b"}, "ready": "/ready",
             "ready_timeout_s": 7, "model": "gpt2", "cumulative": true, "end_of_text": -1}
            """);
    assertEquals(
        new Link.Http(
            URI.create("https://host/base"),
            HttpProfile.VLLM,
            new Link.Program(List.of(directory + "/serve"), Map.of("A", "b")),
            "/ready",
            Duration.ofSeconds(7),
            "gpt2",
            true,
            null),
        engine.link());
    assertFalse(engine.stopsWithin(new int[] {50256}));
  }

  @Test
  void lessThanSinglePrecisionIsApproximateUnlessItSaysOtherwise() throws IOException {
    String text =
        "{\"id\": \"mine\", \"speaks\": \"exec\", \"command\": [\"e\"], \"claims\": {\"cache\": \"q8_0\"}}";
    assertTrue(only(text).claims().approximate());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                        | is not a JSON object",
        "{\"engines\": [                           | is not valid JSON",
        "{}                                        | the file: 'engines' is missing: it must be a list of objects",
        "{\"engines\": [], \"version\": 1}         | the file: 'version' is not a field; there are engines",
        "{\"engines\": [1]}                        | engine 1 is not a JSON object",
        "{\"engines\": [{\"speaks\": \"exec\"}]}   | engine 1: 'id' is missing: it must be a text",
        "{\"engines\": [{\"id\": \"a\"}]}          | engine 'a': 'speaks' is missing: it must be",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"grpc\"}]} | engine 'a': 'speaks' is \"grpc\": it must be",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"http\"}]} | 'profile' is missing: it must be one of llama.cpp, vllm, sglang",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"http\", \"profile\": \"vllm\"}]} | 'url' is missing",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"http\", \"profile\": \"vllm\", \"url\": \"127.0.0.1\"}]} | 'url' is \"127.0.0.1\": it must be like",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"exec\", \"command\": \"x\"}]} | 'command' is \"x\": it must be a list of texts",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"exec\", \"command\": []}]} | engine 'a': 'command' names no program",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"exec\", \"command\": [\"x\"], \"comand\": []}]} | 'comand' is not a field (did you mean 'command'?)",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"exec\", \"command\": [\"x\"], \"environment\": {\"A\": 1}}]} | 'environment' is {\"A\":1}: it must be an object whose values are texts",
        "{\"engines\": [{\"id\": \"a\", \"speaks\": \"exec\", \"command\": [\"x\"], \"claims\": {\"weight\": \"f16\"}}]} | engine 'a', 'claims': 'weight' is not a field (did you mean 'weights'?)",
      })
  void whatIsWrongIsNamed(String text, String problem) throws IOException {
    Path file = write(text);
    UserError error = assertThrows(UserError.class, () -> EngineFile.read(file));
    String message = String.valueOf(error.getMessage());
    assertEquals(ExitCode.USAGE, error.exitCode());
    assertTrue(message.startsWith("engines: " + file), message);
    assertTrue(message.contains(problem), message);
  }

  @Test
  void theVariableNamesTheFileElseTheConfigurationHasIt() throws IOException {
    assertNull(EngineFile.byDefault(new Environment(Map.of(), directory.toString())));
    Path named = Path.of("/somewhere/e.json");
    assertEquals(
        named,
        EngineFile.byDefault(
            new Environment(Map.of("LOCKSTEP_ENGINES", named.toString()), directory.toString())));
    Path file = directory.resolve("lockstep").resolve("engines.json");
    Files.createDirectory(directory.resolve("lockstep"));
    Files.writeString(file, "{}");
    assertEquals(
        file,
        EngineFile.byDefault(
            new Environment(Map.of("XDG_CONFIG_HOME", directory.toString()), null)));
  }
}
