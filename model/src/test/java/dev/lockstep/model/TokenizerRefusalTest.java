package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What `tokenizer.json` and the files beside it may ask for and Lockstep does not do is refused by
/// name; what has no effect is not.
class TokenizerRefusalTest {
  @TempDir Path path;

  private TokenizerDirectory directory;

  @BeforeEach
  void makeDirectory() {
    directory = new TokenizerDirectory(path);
  }

  private void assertRefused(String file, String saying) {
    String message = directory.refusal();
    assertTrue(message.startsWith(directory.file(file) + ": "), message);
    assertTrue(message.contains(saying), message);
    assertFalse(message.contains("\n"), message);
  }

  private static JsonNode parse(String json) {
    try {
      return TokenizerDirectory.JSON.readTree(json);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "normalizer|{'type':'NFC'}|normalizer NFC",
        "normalizer|{'type':'Lowercase'}|normalizer Lowercase",
        "normalizer|{'type':'Sequence','normalizers':[{'type':'NFKC'}]}|normalizer NFKC",
        "normalizer|{'type':'Prepend','prepend':'_'}|normalizer Prepend",
        "normalizer|{'type':'Sequence'}|without normalizers",
        "normalizer|'NFC'|without a type",
        "pre_tokenizer|null|no pre_tokenizer",
        "pre_tokenizer|{'type':'Whitespace'}|pre_tokenizer Whitespace",
        "pre_tokenizer|{'type':'Metaspace','replacement':'_'}|pre_tokenizer Metaspace",
        "pre_tokenizer|{'type':'ByteLevel'}|lacks pre_tokenizer.add_prefix_space",
        "pre_tokenizer|{'type':'ByteLevel','add_prefix_space':1}|must be true or false",
        "pre_tokenizer|{'type':'ByteLevel','add_prefix_space':false,'use_regex':'no'}|must be true or false",
        "pre_tokenizer|{'type':'Sequence','pretokenizers':[]}|empty pre_tokenizer",
        "pre_tokenizer|{'type':'Sequence','pretokenizers':[{'type':'Digits'},{'type':'ByteLevel','add_prefix_space':false}]}|pre_tokenizer Digits",
        "pre_tokenizer|{'type':'Sequence','pretokenizers':[{'type':'Split','pattern':{'Regex':'x+'},'behavior':'Isolated','invert':false},{'type':'ByteLevel','add_prefix_space':false,'use_regex':false}]}|pre_tokenizer Split with the pattern {\"Regex\":\"x+\"}",
        "pre_tokenizer|{'type':'Sequence','pretokenizers':[{'type':'ByteLevel','add_prefix_space':false},{'type':'ByteLevel','add_prefix_space':false}]}|several ByteLevel",
        "post_processor|{'type':'Other'}|post_processor Other",
        "post_processor|{'type':'TemplateProcessing','single':[]}|without the text",
        "post_processor|{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A'}},{'Sequence':{'id':'A'}}]}|not supported",
        "post_processor|{'type':'TemplateProcessing','single':[{'Sequence':{'id':'B'}}]}|not supported",
        "post_processor|{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<s>'}},{'Sequence':{'id':'A'}}]}|names '<s>'",
        "post_processor|{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'s'}},{'Sequence':{'id':'A'}}],'special_tokens':{'s':{'ids':[100000]}}}|id 100000: it must be from 0 to",
        "post_processor|{'type':'BertProcessing','sep':['s',-1],'cls':['s',0]}|id -1",
        "post_processor|{'type':'RobertaProcessing','sep':['s',1]}|cls has the id missing",
        "decoder|{'type':'WordPiece'}|decoder WordPiece",
        "decoder|{'type':'Sequence','decoders':[{'type':'ByteLevel'},{'type':'Strip'}]}|decoder Strip",
        "version|'2.0'|version",
        "added_tokens|{'a':1}|added_tokens is not an array",
        "model|[]|model that is not an object",
        "model|null|model that is not an object"
      })
  void aComponentThatIsNotDoneIsRefusedByName(String field, String value, String saying)
      throws IOException {
    directory.writeTokenizerJson(json -> json.set(field, parse(value.replace('\'', '"'))));
    assertRefused("tokenizer.json", saying);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "type|'WordPiece'|model of type \"WordPiece\"",
        "type|'Unigram'|model of type \"Unigram\"",
        "type|'WordLevel'|model of type \"WordLevel\"",
        "dropout|0.1|model.dropout is 0.1",
        "byte_fallback|true|model.byte_fallback is true",
        "continuing_subword_prefix|'##'|model.continuing_subword_prefix is \"##\"",
        "end_of_word_suffix|'</w>'|model.end_of_word_suffix is \"</w>\"",
        "max_input_chars_per_word|100|model.max_input_chars_per_word is 100",
        "ignore_merges|'yes'|model.ignore_merges is \"yes\": it must be true or false",
        "vocab|[['a',0]]|model.vocab that is not as a BPE has it",
        "vocab|{'a':0.5}|not an integer",
        "vocab|{'a':99999999999}|range of int",
        "vocab|{'a':-1}|without a gap",
        "vocab|{'a':7}|without a gap",
        "vocab|{'a':0}|lacks the byte 0x00",
        "vocab|{}|lacks the byte",
        "merges|{}|model.merges that is not as a BPE has it",
        "merges|['th']|merges[0] is 'th': it must be two symbols and a space",
        "merges|['t h e']|merges[0]",
        "merges|[['t','h','e']]|merges[0] is not an array of two texts",
        "merges|[['t']]|merges[0] is not an array of two texts",
        "merges|[['t',['h']]]|merges[0] is not an array of two texts",
        "merges|[7]|merges[0] is neither",
        "merges|['t q']|needs 'tq', which the vocabulary lacks",
        "merges|['t h','t h']|merge 't h' occurs twice",
        "merges|['the t','t the']|which the vocabulary lacks"
      })
  void aModelThatIsNotDoneIsRefusedByName(String field, String value, String saying)
      throws IOException {
    directory.writeTokenizerJson(
        json -> {
          if (field.equals("merges") || field.equals("vocab")) {
            ((ObjectNode) json.get("model")).putArray("merges");
            json.remove("added_tokens");
          }
          ((ObjectNode) json.get("model")).set(field, parse(value.replace('\'', '"')));
        });
    assertRefused("tokenizer.json", saying);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "dropout|0.0", "byte_fallback|false", "continuing_subword_prefix|''",
            "end_of_word_suffix|null",
        "unk_token|'[UNK]'", "fuse_unk|true", "ignore_merges|null", "cache_capacity|0"
      })
  void aSettingWithoutEffectIsPassedOver(String field, String value) throws IOException {
    directory.writeTokenizerJson(
        json -> ((ObjectNode) json.get("model")).set(field, parse(value.replace('\'', '"'))));
    directory.read();
  }

  @Test
  void aModelWithoutWordsOrMergesIsRefused() throws IOException {
    for (String field : List.of("vocab", "merges")) {
      directory.writeTokenizerJson(json -> ((ObjectNode) json.get("model")).remove(field));
      assertRefused("tokenizer.json", "no model with vocab and merges");
    }
    directory.writeTokenizerJson(json -> json.remove("model"));
    assertRefused("tokenizer.json", "no model with vocab and merges");
    directory.write("tokenizer.json", "[]");
    assertRefused("tokenizer.json", "is not a JSON object");
    directory.write("tokenizer.json", "{\"model\":{\"vocab\":{\"a\":0");
    assertRefused("tokenizer.json", "JSON");
  }

  static Stream<Arguments> addedTokens() {
    int words = TokenizerDirectory.WORDS;
    return Stream.of(
        added("is negative", json -> token(json, "<x>", -1), "id -1 where config.json"),
        added(
            "is too large",
            json -> token(json, "<x>", 1 << 20),
            "where config.json has vocab_size"),
        added("leaves a gap", json -> token(json, "<x>", words + 1), "next free id, " + words),
        added("has another's id", json -> token(json, "<x>", 5), "next free id, " + words),
        added(
            "is a word of another id", json -> token(json, "the", words), "its id is 257 already"),
        added("is empty", json -> token(json, "", words), "without text"),
        added("has half a character", json -> token(json, "HALF", words), "half a character"),
        added(
            "has a flag that is none",
            json -> token(json, "<x>", words).put("lstrip", 1),
            "lstrip is 1"),
        added(
            "has no content",
            json -> token(json, "<x>", words).remove("content"),
            "without content"),
        added("has no id", json -> token(json, "<x>", words).remove("id"), "the id missing"),
        added(
            "has a fraction as id", json -> token(json, "<x>", words).put("id", 0.5), "the id 0.5"),
        added(
            "is no object",
            json -> ((ArrayNode) json.get("added_tokens")).add(3),
            "the id missing"));
  }

  private static ObjectNode token(ObjectNode json, String content, int id) {
    return TokenizerDirectory.addToken(json, content, id);
  }

  private static Arguments added(String what, Consumer<ObjectNode> change, String saying) {
    return Arguments.of(Named.of(what, change), saying);
  }

  @ParameterizedTest
  @MethodSource("addedTokens")
  void anAddedTokenThat(Consumer<ObjectNode> change, String saying) throws IOException {
    directory.writeTokenizerJson(change);
    String json = Files.readString(directory.file("tokenizer.json"));
    directory.write("tokenizer.json", json.replace("HALF", "\\ud800"));
    assertRefused("tokenizer.json", saying);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tokenizer_config.json|{'tokenizer_class':'BertTokenizer'}|tokenizer_class is 'BertTokenizer'",
        "tokenizer_config.json|{'tokenizer_class':'RobertaTokenizerFast'}|tokenizer_class is 'RobertaTokenizerFast'",
        "config.json|{'tokenizer_class':'XLNetTokenizer'}|tokenizer_class is 'XLNetTokenizer'",
        "tokenizer_config.json|{'add_prefix_space':'yes'}|add_prefix_space is \"yes\"",
        "tokenizer_config.json|{'add_bos_token':1}|add_bos_token is 1",
        "tokenizer_config.json|{'add_bos_token':true,'bos_token':'<s>','eos_token':null}|bos_token is",
        "tokenizer_config.json|{'add_bos_token':true,'bos_token':null}|bos_token is not given",
        "tokenizer_config.json|{'add_eos_token':true}|add_eos_token is true",
        "tokenizer_config.json|{'bos_token':7}|bos_token is 7, not a token",
        "tokenizer_config.json|{'added_tokens_decoder':[]}|added_tokens_decoder is not an object",
        "tokenizer_config.json|{'added_tokens_decoder':{'x':{'content':'a'}}}|key 'x'",
        "tokenizer_config.json|{'added_tokens_decoder':{'9':{'content':'<x>'}}}|next free id",
        "special_tokens_map.json|{'additional_special_tokens':[7]}|additional_special_tokens is 7",
        "special_tokens_map.json|[]|not a JSON object",
        "added_tokens.json|{'<x>':'9'}|not an integer",
        "added_tokens.json|{'<x>':3}|next free id",
        "added_tokens.json|{'<x>':99999}|where config.json has vocab_size",
        "added_tokens.json|{'<x>':300,'<y>':300}|gives the id 300 to both"
      })
  void aFileBesideTheVocabularyThatCannotBeFollowedIsRefused(
      String file, String content, String saying) throws IOException {
    directory.writeVocabulary();
    // No room for a BOS token of its own.
    if (saying.equals("bos_token is")) {
      directory.writeVocabulary("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8");
    }
    directory.write(file, content.replace('\'', '"'));
    assertRefused(file, saying);
  }
}
