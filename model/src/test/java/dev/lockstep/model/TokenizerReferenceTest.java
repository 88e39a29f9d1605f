package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Odd tokenizers, against what `tools/reference/tokenizer_reference.py` makes of them.
class TokenizerReferenceTest {
  @TempDir Path path;

  static Stream<Named<JsonNode>> cases() {
    return StreamSupport.stream(TokenizerDirectory.GOLDEN.get("cases").spliterator(), false)
        .map(node -> Named.of(node.get("name").textValue(), node));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theReferenceEncodesAndDecodesTheSame(JsonNode golden) throws IOException {
    Tokenizer tokenizer = tokenizer(golden);
    assertEquals(List.of(), tokenizer.notes());
    for (JsonNode text : golden.get("texts")) {
      String given = text.get("text").textValue();
      int[] ids = tokenizer.encode(given);
      int[] specialIds = tokenizer.encodeWithSpecialTokens(given);
      assertArrayEquals(ids(text.get("ids")), ids, given);
      assertArrayEquals(ids(text.get("special_ids")), specialIds, given);
      assertEquals(text.get("decoded").textValue(), tokenizer.decode(specialIds));
    }
  }

  @Test
  void everyKindOfTokenizerIsAmongTheCases() {
    assertTrue(cases().count() >= 35);
  }

  private static int[] ids(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  private Tokenizer tokenizer(JsonNode golden) throws IOException {
    TokenizerDirectory directory = new TokenizerDirectory(path);
    List<String> words = golden.get("words").valueStream().map(JsonNode::textValue).toList();
    for (Map.Entry<String, JsonNode> file : golden.get("files").properties()) {
      String text =
          file.getValue().asText().equals("$lines")
              ? "#version: 0.2\n" + String.join("\n", TokenizerDirectory.mergeLines()) + "\n"
              : filled(file.getValue(), words).toString();
      directory.write(file.getKey(), text);
    }
    return directory.read();
  }

  /// The golden file names vocabulary and merges in place of writing them out.
  private static JsonNode filled(JsonNode node, List<String> words) {
    if (node instanceof ObjectNode object) {
      ObjectNode copy = TokenizerDirectory.JSON.createObjectNode();
      object
          .properties()
          .forEach(field -> copy.set(field.getKey(), filled(field.getValue(), words)));
      return copy;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = TokenizerDirectory.JSON.createArrayNode();
      array.forEach(element -> copy.add(filled(element, words)));
      return copy;
    }
    return switch (node.asText()) {
      case "$vocab" -> TokenizerDirectory.vocabulary(words);
      case "$merges" -> TokenizerDirectory.JSON.valueToTree(TokenizerDirectory.mergeLines());
      case "$pairs" ->
          TokenizerDirectory.JSON.valueToTree(
              TokenizerDirectory.mergeLines().stream()
                  .map(line -> List.of(line.split(" ", -1)))
                  .toList());
      default -> node;
    };
  }
}
