package dev.lockstep.harness.measurement.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A prompt is never changed silently, and nothing else is taken for one.
class PromptArgumentTest {
  @TempDir private Path directory;

  private static List<Prompt> read(List<String> arguments, List<String> texts) {
    try (LoadedModel model = Models.open(Models.DEFAULT)) {
      return PromptReader.read(model, arguments, texts, false);
    }
  }

  private static String refusal(String argument) {
    UserError error =
        assertThrows(UserError.class, () -> read(List.of(argument), List.of()), argument);
    return String.valueOf(error.getMessage());
  }

  private String file(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content).toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@@ -1,2 +3,4 @@",
        "@name",
        "-5 + 3 =",
        "'\"x\"'",
        "\"quoted\"",
        "$HOME ${sys:user.home} ${env:PATH} $$",
        "a,b,,c",
        "a\\nb\\",
        "  blanks at both ends  ",
        "\ttab\r\nlines\n",
        "%n %d %s",
        "option=value",
        "and/or",
        "3.14",
        "see google.com",
        " ",
      })
  void aTextArrivesAsItIs(String text) {
    Prompt prompt = read(List.of(text), List.of()).getFirst();
    assertEquals(text, prompt.text());
    try (LoadedModel model = Models.open(Models.DEFAULT)) {
      assertArrayEquals(model.tokenizer().encode(text), prompt.ids());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nosuch.txt",
        "nosuch.jsonl",
        "NOSUCH.TXT",
        "@nosuch.txt",
        "Open the file notes.txt",
        "nosuch.json",
        "nosuch.csv",
        "data/prompts.parquet",
        "prompts.jsonl.gz",
      })
  void whatIsMeantAsAFileIsNoText(String argument) {
    String message = refusal(argument);
    assertTrue(message.contains("to pass the text as it is, write --text="), message);
    assertEquals(argument, read(List.of(), List.of(argument)).getFirst().text());
  }

  @Test
  void whatExistsAndHoldsNoPromptsIsRefused() throws IOException {
    byte[] prompts = "[{\"text\":\"a\"}]".getBytes(StandardCharsets.UTF_8);
    for (String name : List.of("prompts.json", "prompts", "prompts.yaml", "README.md", "run")) {
      String message = refusal(file(name, prompts));
      assertTrue(message.contains("cannot be read as prompts: only files ending in"), message);
      assertTrue(message.contains("--text="), message);
    }
    String message = refusal(directory.toString());
    assertTrue(message.contains("is a directory, not a file of prompts"), message);
    Path named = Files.createDirectory(directory.resolve("directory.txt"));
    assertTrue(refusal(named.toString()).contains("is a directory"));
    assertEquals(".", read(List.of(), List.of(".")).getFirst().text());
    assertTrue(refusal(".").contains("is a directory"));
  }

  @Test
  void anEmptyPromptIsNoDirectory() {
    assertTrue(refusal("").contains("is empty: a prompt needs at least one token"));
  }

  @Test
  void endingsCountInAnyCase() throws IOException {
    byte[] lines = "one\r\n\r\n two \r\n".getBytes(StandardCharsets.UTF_8);
    List<Prompt> read = read(List.of(file("A.TXT", lines)), List.of());
    assertEquals(List.of("one", " two "), read.stream().map(Prompt::text).toList());
    byte[] json = "{\"text\":\"a\\u0000b\"}".getBytes(StandardCharsets.UTF_8);
    assertEquals("a\0b", read(List.of(file("A.JsonL", json)), List.of()).getFirst().text());
  }

  @Test
  void whatIsNotUtf8IsRefused() throws IOException {
    String text = "Hello";
    assertTrue(
        refusal(file("utf16.txt", text.getBytes(StandardCharsets.UTF_16LE))).contains("a NUL"));
    assertTrue(
        refusal(file("bom16.txt", text.getBytes(StandardCharsets.UTF_16)))
            .contains("not valid UTF-8: byte 0"));
    assertTrue(
        refusal(file("latin1.txt", "Größe".getBytes(StandardCharsets.ISO_8859_1)))
            .contains("not valid UTF-8: byte 2"));
    assertTrue(refusal("spoiled \uFFFD").contains("not valid in this terminal's encoding"));
  }

  @Test
  void aFileWithoutPromptsIsRefused() throws IOException {
    assertTrue(refusal(file("empty.txt", new byte[0])).contains("holds no prompt"));
    byte[] number = "{\"id\":1,\"text\":\"a\"}".getBytes(StandardCharsets.UTF_8);
    assertTrue(refusal(file("id.jsonl", number)).contains("\"id\" is 1, not a string"));
    byte[] array = "[{\"text\":\"a\"}]".getBytes(StandardCharsets.UTF_8);
    assertTrue(refusal(file("array.jsonl", array)).contains("an object with either"));
    byte[] key = "{\"prompt\":\"a\"}".getBytes(StandardCharsets.UTF_8);
    assertTrue(refusal(file("key.jsonl", key)).contains("\"text\" or \"prompt_ids\""));
  }
}
