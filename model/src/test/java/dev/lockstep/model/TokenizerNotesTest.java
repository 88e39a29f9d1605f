package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where a tokenizer's files disagree, one is followed and a note says which; where there is no
/// tokenizer, the message says what there is.
class TokenizerNotesTest {
  private static final int THE = 257;

  @TempDir Path path;

  private TokenizerDirectory directory;

  @BeforeEach
  void makeDirectory() {
    directory = new TokenizerDirectory(path);
  }

  private static void assertOneNote(Tokenizer tokenizer, String saying) {
    assertEquals(1, tokenizer.notes().size(), () -> tokenizer.notes().toString());
    assertTrue(tokenizer.notes().getFirst().contains(saying), () -> tokenizer.notes().toString());
  }

  @Test
  void tokenizerJsonWinsOverTheSameVocabularyWithoutANote() throws IOException {
    directory.writeVocabulary();
    directory.writeTokenizerJson(json -> {});
    assertEquals(List.of(), directory.read().notes());
  }

  @Test
  void tokenizerJsonWinsOverAnotherVocabularyWithANote() throws IOException {
    directory.writeTokenizerJson(json -> {});
    directory.writeVocabulary("more");
    assertOneNote(directory.read(), "the id of 'more' is 273 there and missing in it");
    directory.writeVocabulary();
    directory.write("merges.txt", "t h\n");
    Tokenizer tokenizer = directory.read();
    assertArrayEquals(new int[] {THE}, tokenizer.encode("the"));
    assertOneNote(tokenizer, "their merges differ");
    directory.write("vocab.json", "{}");
    assertOneNote(directory.read(), "they lack");
    directory.write("vocab.json", "[");
    assertOneNote(directory.read(), "vocab.json: is not a JSON object");
  }

  @Test
  void tokenizerConfigWinsOverAddPrefixSpaceWithANote() throws IOException {
    directory.writeTokenizerJson(json -> {});
    directory.write("tokenizer_config.json", "{\"add_prefix_space\":true}");
    Tokenizer tokenizer = directory.read();
    assertArrayEquals(tokenizer.encode(" the"), tokenizer.encode("the"));
    assertOneNote(tokenizer, "says add_prefix_space true and is followed");
    directory.write("tokenizer_config.json", "{\"add_prefix_space\":false}");
    assertEquals(List.of(), directory.read().notes());
    directory.write("tokenizer_config.json", "{\"add_prefix_space\":null}");
    assertEquals(List.of(), directory.read().notes());
  }

  @Test
  void aBosTokenThatOnlyOneFileAsksForIsAddedWithANote() throws IOException {
    directory.writeTokenizerJson(json -> {});
    directory.write("tokenizer_config.json", "{\"add_bos_token\":true}");
    Tokenizer asked = directory.read();
    assertArrayEquals(new int[] {TokenizerDirectory.END_OF_TEXT, THE}, asked.encode("the"));
    assertOneNote(asked, "says add_bos_token true and is followed");
    directory.writeTokenizerJson(TokenizerNotesTest::addBos);
    assertEquals(List.of(), directory.read().notes());
    directory.write("tokenizer_config.json", "{\"add_bos_token\":false}");
    Tokenizer added = directory.read();
    assertArrayEquals(new int[] {TokenizerDirectory.END_OF_TEXT, THE}, added.encode("the"));
    assertOneNote(added, "adds a token to the beginning and is followed");
  }

  private static void addBos(ObjectNode json) {
    ObjectNode processor = json.putObject("post_processor").put("type", "TemplateProcessing");
    processor.putArray("single").addObject().putObject("SpecialToken").put("id", "s");
    processor.withArray("single").addObject().putObject("Sequence").put("id", "A");
    processor
        .putObject("special_tokens")
        .putObject("s")
        .putArray("ids")
        .add(TokenizerDirectory.END_OF_TEXT);
  }

  @Test
  void truncationAndPaddingAreNotAppliedWithANote() throws IOException {
    directory.writeTokenizerJson(json -> json.putObject("truncation").put("max_length", 1));
    Tokenizer tokenizer = directory.read();
    assertEquals(3, tokenizer.encode("1\n1").length);
    assertOneNote(tokenizer, "its truncation is not applied");
  }

  @Test
  void anAddedTokensFileThatHasNothingToSayAndSaysSomethingElseIsNoted() throws IOException {
    directory.writeVocabulary();
    directory.write(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\":{\"%s\":{\"content\":\"<x>\"}}}"
            .formatted(String.valueOf(TokenizerDirectory.WORDS)));
    directory.write("added_tokens.json", "{\"<y>\":273}");
    assertOneNote(directory.read(), "added_tokens.json is not used");
  }

  @Test
  void anAddedTokenIsShownAsItsText() throws IOException {
    directory.writeVocabulary();
    directory.write(
        "added_tokens.json",
        "{\"<|user|>\":%s}".formatted(String.valueOf(TokenizerDirectory.WORDS)));
    Tokenizer tokenizer = directory.read();
    int[] ids = tokenizer.encode("the<|user|>");
    assertArrayEquals(new int[] {THE, TokenizerDirectory.WORDS}, ids);
    assertEquals("the<|user|>", tokenizer.decode(ids));
    assertEquals("<|user|>", tokenizer.streamingDecoder().push(TokenizerDirectory.WORDS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json|neither tokenizer.json nor vocab.json with merges.txt",
        "vocab.json|vocab.json is there, but not merges.txt",
        "merges.txt|merges.txt is there, but not vocab.json",
        "encoder.json,vocab.bpe|copy them to vocab.json and merges.txt",
        "vocab.txt|vocab.txt is there, a WordPiece vocabulary, which is not read",
        "spiece.model|spiece.model is there, a SentencePiece model",
        "tokenizer.model|tokenizer.model is there, a SentencePiece model",
        "r50k.tiktoken|r50k.tiktoken is there, ranks for tiktoken"
      })
  void aDirectoryWithoutATokenizerIsDescribed(String files, String saying) throws IOException {
    for (String file : files.split(",", -1)) {
      directory.write(file, "{}");
    }
    assertFalse(TokenizerFiles.presentIn(path));
    assertTrue(OtherTokenizer.describe(path).contains(saying), () -> OtherTokenizer.describe(path));
  }

  @Test
  void aBrokenLinkIsNamed() throws IOException {
    Files.createSymbolicLink(path.resolve("tokenizer.json"), Path.of("../blobs/missing"));
    assertTrue(OtherTokenizer.describe(path).contains("tokenizer.json is a broken link"));
  }
}
