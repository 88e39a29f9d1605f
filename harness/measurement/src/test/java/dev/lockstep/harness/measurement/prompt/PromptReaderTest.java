package dev.lockstep.harness.measurement.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptReaderTest {
  @TempDir private Path directory;

  private List<Prompt> read(String name, String content) throws IOException {
    return read(Files.writeString(directory.resolve(name), content));
  }

  private static List<Prompt> read(Path file) {
    try (LoadedModel model = Models.open(Models.DEFAULT)) {
      return PromptReader.read(model, List.of(file.toString()), List.of(), false);
    }
  }

  @Test
  void aByteOrderMarkIsNoPartOfThePrompt() throws IOException {
    assertEquals("Hello", read("bom.txt", "\uFEFFHello\n").getFirst().text());
    assertEquals("Hello", read("bom.jsonl", "\uFEFF{\"text\":\"Hello\"}").getFirst().text());
  }

  @Test
  void halvesOfCharactersBecomeWhatTheTokenizerReads() throws IOException {
    Prompt prompt =
        read("half.jsonl", "{\"id\":\"\\ud83d\",\"text\":\"a\\ude00 \\ud83d\\ude00\"}").getFirst();
    assertEquals("?", prompt.id());
    assertEquals("a? \uD83D\uDE00", prompt.text());
  }

  @Test
  void specialTokensAreTextUnlessTheyAreAskedFor() throws IOException {
    Path file = Files.writeString(directory.resolve("special.txt"), "a<|endoftext|>\n");
    try (LoadedModel model = Models.open(Models.DEFAULT)) {
      int[] asText = model.tokenizer().encode("a<|endoftext|>");
      int[] asTokens = {model.tokenizer().encode("a")[0], 2047};
      assertTrue(asText.length > 2);
      List<String> arguments = List.of(file.toString());
      assertArrayEquals(
          asText, PromptReader.read(model, arguments, List.of(), false).getFirst().ids());
      assertArrayEquals(
          asTokens, PromptReader.read(model, arguments, List.of(), true).getFirst().ids());
      assertArrayEquals(asText, PromptReader.single(model, "a<|endoftext|>", false).ids());
      assertArrayEquals(asTokens, PromptReader.single(model, "a<|endoftext|>", true).ids());
    }
  }

  @Test
  void aFileThatIsNoPromptFileIsRefusedByItsSize() throws IOException {
    Path file = directory.resolve("model.txt");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    UserError error = assertThrows(UserError.class, () -> read(file));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains(file + " is 3221225472 bytes long"), message);
  }

  @Test
  void whatIsWrongWithALineIsSaidWithoutTheParsersOwnPlaces() {
    UserError error =
        assertThrows(UserError.class, () -> read("cut.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\""));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("line 2 is not JSON: Unexpected end-of-input"), message);
    assertFalse(message.contains("Source"), message);
  }
}
