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
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertEquals(List.of(directory + "/engine", "--fast"), engine.command());
    assertEquals(Map.of("THREADS", "2", "DATA", directory.toString()), engine.environment());
    assertTrue(engine.overSocket());
    assertEquals(new Claims("f16", "f16", "f32", false), engine.claims());
  }

  @Test
  void whatIsNotSaidIsSinglePrecisionOverStandardStreams() throws IOException {
    Engine engine = only("{\"id\": \"mine\", \"speaks\": \"exec\", \"command\": [\"engine\"]}");
    assertFalse(engine.overSocket());
    assertEquals(new Claims("f32", "f32", "f32", false), engine.claims());
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
