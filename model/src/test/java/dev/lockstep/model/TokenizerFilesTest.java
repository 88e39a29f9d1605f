package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.ByteAlphabet;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerFilesTest {
  private static final int VOCAB_SIZE = 300;

  @TempDir Path directory;

  private final ObjectNode vocabulary = new ObjectMapper().createObjectNode();

  @BeforeEach
  void writeRightFiles() throws IOException {
    for (int b = 0; b < 256; b++) {
      vocabulary.put(ByteAlphabet.write(new byte[] {(byte) b}), b);
    }
    vocabulary.put("th", 256).put("the", 257).put("Ġthe", 258).put("<|endoftext|>", 259);
    writeVocabulary();
    writeMerges("#version: 0.2\nt h\nth e\nĠ the\n");
  }

  private void writeVocabulary() throws IOException {
    Files.writeString(directory.resolve("vocab.json"), vocabulary.toString());
  }

  private void writeMerges(String text) throws IOException {
    Files.writeString(directory.resolve("merges.txt"), text);
  }

  private void assertRefused(String file, String saying) {
    String message =
        String.valueOf(
            assertThrows(FormatException.class, () -> TokenizerFiles.read(directory, VOCAB_SIZE))
                .getMessage());
    assertTrue(message.startsWith(directory.resolve(file) + ": "), message);
    assertTrue(message.contains(saying), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void rightFilesAreRead() {
    Tokenizer tokenizer = TokenizerFiles.read(directory, VOCAB_SIZE);
    assertArrayEquals(new int[] {257, 258, 's'}, tokenizer.encode("the thes"));
    assertEquals("the thes", tokenizer.decode(257, 258, 's'));
    assertEquals(259, tokenizer.endOfTextId().orElseThrow());
  }

  @Test
  void linesMayEndAsOnWindowsAndTheVersionMayBeMissing() throws IOException {
    writeMerges("t h\r\nth e\r\n\r\n");
    assertArrayEquals(new int[] {257}, TokenizerFiles.read(directory, VOCAB_SIZE).encode("the"));
  }

  @Test
  void aByteOrderMarkBeforeTheMergesIsSkipped() throws IOException {
    writeMerges("\uFEFF#version: 0.2\nt h\nth e\n");
    assertArrayEquals(new int[] {257}, TokenizerFiles.read(directory, VOCAB_SIZE).encode("the"));
    writeMerges("\uFEFFt h\nth e\n");
    assertArrayEquals(new int[] {257}, TokenizerFiles.read(directory, VOCAB_SIZE).encode("the"));
  }

  @Test
  void aLineOnTheTrainerAndBlankLinesAreNoMerges() throws IOException {
    writeMerges("#version: 0.2 - Trained by `huggingface/tokenizers`\n\nt h\n\nth e\n\n");
    assertArrayEquals(new int[] {257}, TokenizerFiles.read(directory, VOCAB_SIZE).encode("the"));
  }

  @Test
  void escapedLettersOfTheVocabularyAreTheLetters() throws IOException {
    Files.writeString(
        directory.resolve("vocab.json"), vocabulary.toString().replace("Ġ", "\\u0120"));
    assertArrayEquals(
        new int[] {257, 258}, TokenizerFiles.read(directory, VOCAB_SIZE).encode("the the"));
  }

  @Test
  void aWordThatIsNotOfTheByteAlphabetIsASpecialToken() throws IOException {
    vocabulary.put("a b", 260).put("🐙", 261);
    writeVocabulary();
    Tokenizer tokenizer = TokenizerFiles.read(directory, VOCAB_SIZE);
    assertEquals("a b🐙", tokenizer.decode(260, 261));
    assertArrayEquals(new int[] {260, 261, 'x'}, tokenizer.encodeWithSpecialTokens("a b🐙x"));
    assertEquals("a b🐙x", tokenizer.decode(tokenizer.encode("a b🐙x")));
    assertEquals(3 + 4 + 1, tokenizer.encode("a b🐙x").length);
  }

  @Test
  void idsThatPadTheEmbeddingDecodeToAReplacement() {
    Tokenizer tokenizer = TokenizerFiles.read(directory, VOCAB_SIZE);
    assertEquals(VOCAB_SIZE, tokenizer.vocabSize());
    assertEquals("a\uFFFD", tokenizer.decode('a', 299));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(300));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(-1));
  }

  @ParameterizedTest
  @MethodSource("vocabularyChanges")
  void aVocabularyThat(Consumer<ObjectNode> change, String saying) throws IOException {
    change.accept(vocabulary);
    writeVocabulary();
    assertRefused("vocab.json", saying);
  }

  static Stream<Arguments> vocabularyChanges() {
    return Stream.of(
        change("has a gap", v -> v.put("the", 260), "without a gap"),
        change("has a negative id", v -> v.put("the", -1), "without a gap"),
        change("has an id twice", v -> v.put("the", 256), "id 256 to both"),
        change("has a fraction as id", v -> v.put("the", 257.0), "not an integer"),
        change("has a text as id", v -> v.put("the", "257"), "not an integer"),
        change("has an id beyond 32 bits", v -> v.put("the", 1L << 32), "range of int"),
        change("has more words than the model", TokenizerFilesTest::addWords, "vocab_size 300"),
        change("has an empty word", v -> v.set("", v.remove("the")), "empty word"),
        change("lacks a byte", v -> v.set("zz", v.remove("Ġ")), "lacks the byte 0x20"));
  }

  private static Arguments change(String name, Consumer<ObjectNode> change, String saying) {
    return Arguments.of(Named.of(name, change), saying);
  }

  private static void addWords(ObjectNode vocabulary) {
    for (int id = 260; id <= 300; id++) {
      vocabulary.put("x" + id, id);
    }
  }

  @Test
  void aVocabularyWithAWordTwiceIsRefused() throws IOException {
    Files.writeString(
        directory.resolve("vocab.json"), vocabulary.toString().replace("\"th\"", "\"the\""));
    assertRefused("vocab.json", "the");
  }

  @Test
  void aVocabularyThatIsNoJsonObjectIsRefused() throws IOException {
    Files.writeString(directory.resolve("vocab.json"), "[\"a\"]");
    assertRefused("vocab.json", "not a JSON object");
    Files.writeString(directory.resolve("vocab.json"), "");
    assertRefused("vocab.json", "not a JSON object");
    Files.writeString(directory.resolve("vocab.json"), "{\"a\":0");
    assertRefused("vocab.json", "JSON");
    Files.delete(directory.resolve("vocab.json"));
    assertRefused("vocab.json", "does not exist");
  }

  @ParameterizedTest
  @MethodSource("wrongMerges")
  void mergesThatDoNotFitAreRefused(String merges, String saying) throws IOException {
    writeMerges(merges);
    assertRefused("merges.txt", saying);
  }

  static Stream<Arguments> wrongMerges() {
    return Stream.of(
        Arguments.of("t q", "'tq', which the vocabulary lacks"),
        Arguments.of("名 h", "'名'"),
        Arguments.of("t h e", "line 1"),
        Arguments.of("th", "line 1"),
        Arguments.of(" h", "line 1"),
        Arguments.of("t ", "line 1"),
        Arguments.of("t  h", "line 1"),
        Arguments.of("t\th", "line 1"),
        Arguments.of("t h\nt h", "occurs twice"),
        Arguments.of("t h\n#version: 0.2", "which the vocabulary lacks"));
  }

  @Test
  void mergesThatAreNotUtf8AreRefused() throws IOException {
    Files.write(directory.resolve("merges.txt"), new byte[] {'t', ' ', (byte) 0xFF});
    assertRefused("merges.txt", "UTF-8");
    Files.delete(directory.resolve("merges.txt"));
    assertRefused("merges.txt", "does not exist");
  }
}
