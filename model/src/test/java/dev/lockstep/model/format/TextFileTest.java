package dev.lockstep.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
  private static final int MAX_BYTES = 100;

  @TempDir Path root;

  private Path file(String text) throws IOException {
    return Files.writeString(root.resolve("file"), text);
  }

  @Test
  void aByteOrderMarkIsSkippedInJsonAndText() throws IOException {
    assertEquals("#version é\n", TextFile.read(file("\uFEFF#version é\n"), MAX_BYTES));
    assertEquals("", TextFile.read(file("\uFEFF"), MAX_BYTES));
    assertEquals(1, StrictJson.readObject(file("\uFEFF{\"é\":1}"), MAX_BYTES).get("é").intValue());
  }

  @Test
  void onlyTheFirstMarkIsSkipped() throws IOException {
    assertEquals("\uFEFFa\uFEFF", TextFile.read(file("\uFEFF\uFEFFa\uFEFF"), MAX_BYTES));
  }

  @Test
  void textWithoutAMarkIsWhole() throws IOException {
    for (String text : new String[] {"", "a", "ab", "abc", "é\r\n", "\u0000"}) {
      assertEquals(text, TextFile.read(file(text), MAX_BYTES));
    }
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    Files.write(root.resolve("file"), new byte[] {'a', (byte) 0xC3, '('});
    assertRefused(root.resolve("file"), "UTF-8");
    assertRefused(file("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull");
    assertRefused(file("a".repeat(MAX_BYTES + 1)), "100");
    assertRefused(root.resolve("absent"), "does not exist");
  }

  private static void assertRefused(Path file, String saying) {
    String message =
        String.valueOf(
            assertThrows(FormatException.class, () -> TextFile.read(file, MAX_BYTES)).getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    assertTrue(message.contains(saying), message);
  }
}
