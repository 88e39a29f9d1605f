package dev.lockstep.model.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.ModelException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenFileTest {
  private static final String SHA = "0123456789abcdef".repeat(4);
  private static final String GOOD =
      """
      {"format":"lockstep-golden/1","generator":"test","model_sha256":"%s","cases":[\
      {"id":"a","text":"x","prompt_ids":[1,2],"greedy_ids":[0],"greedy_margins":[0.5],\
      "last_logits":[1.0,2.0,-3e-4]}]}"""
          .formatted(SHA);
  private static final Gpt2Config SHAPE = new Gpt2Config(1, 1, 1, 3, 3, 1e-5);

  private static GoldenFile read(String json) {
    return GoldenFile.read(
        new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), "g.json");
  }

  private static String refusal(Executable call) {
    return String.valueOf(assertThrows(ModelException.class, call).getMessage());
  }

  @Test
  void everyFieldIsRead() {
    GoldenFile file = read(GOOD);
    file.requireModel(SHA, SHAPE);
    assertEquals("test", file.generator());
    GoldenCase only = file.cases().getFirst();
    assertEquals("x", only.text().orElseThrow());
    assertArrayEquals(new int[] {1, 2}, only.promptIds());
    assertArrayEquals(new int[] {0}, only.greedyIds());
    assertArrayEquals(new double[] {0.5}, only.greedyMargins());
    assertArrayEquals(new double[] {1, 2, -3e-4}, only.lastLogits());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "golden/1|golden/9|g.json: format is 'lockstep-golden/9': only lockstep-golden/1 is known",
        "abcdef|ABCDEF|g.json: model_sha256 is not 64 lower-case hexadecimal digits",
        "`\"id\":\"a\",`|``|g.json: cases[0].id is missing",
        "[1,2]|[]|g.json: cases[0].prompt_ids is empty",
        "[1,2]|[1,-2]|g.json: cases[0].prompt_ids[1] is not a token id",
        "[1,2]|[1,2.5]|g.json: cases[0].prompt_ids[1] is not a token id",
        "[1,2]|[1,4294967297]|g.json: cases[0].prompt_ids[1] is not a token id",
        "[0.5]|[]|g.json: cases[0].greedy_margins has 0 values where greedy_ids has 1",
        "-3e-4|1e999|g.json: cases[0].last_logits[2] is not a finite number",
        "-3e-4|null|g.json: cases[0].last_logits[2] is not a finite number",
        "`\"cases\":[`|`\"cases\":{},\"x\":[`|g.json: cases is not an array",
        "`\"x\"`|7|g.json: cases[0].text is not a string",
      })
  void aLieIsRefusedByFileFieldAndValue(String from, String to, String message) {
    assertTrue(GOOD.contains(from));
    String bad = GOOD.replace(from, to);
    assertEquals(message, assertThrows(ModelException.class, () -> read(bad)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"||", "{||", "[]|", "{}|", "{\"format\":1}|", "{\"a\":1,\"a\":1}|", "{} {}|"})
  void whatIsNoGoldenFileIsRefusedInOneLine(String text) {
    String json = text == null ? "" : text;
    String message = refusal(() -> read(json));
    assertTrue(message.startsWith("g.json: "), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void twoCasesOfOneIdAreRefused() {
    String one = GOOD.substring(GOOD.indexOf("[{") + 1, GOOD.lastIndexOf(']'));
    String twice = GOOD.replace(one, one + "," + one);
    assertEquals(
        "g.json: cases[1].id 'a' occurs twice",
        assertThrows(ModelException.class, () -> read(twice)).getMessage());
  }

  @Test
  void theLastNewTokenNeedsNoPosition() {
    GoldenFile file = read(GOOD);
    int needed =
        file.cases().getFirst().promptIds().length + file.cases().getFirst().greedyIds().length - 1;
    file.requireModel(SHA, new Gpt2Config(1, 1, 1, needed, 3, 1e-5));
    Gpt2Config oneLess = new Gpt2Config(1, 1, 1, needed - 1, 3, 1e-5);
    assertTrue(
        refusal(() -> file.requireModel(SHA, oneLess))
            .contains("it needs " + needed + " positions"));
  }

  @Test
  void anotherModelIsRefused() {
    GoldenFile file = read(GOOD);
    assertThrows(ModelException.class, () -> file.requireModel("f".repeat(64), SHAPE));
    assertThrows(
        ModelException.class, () -> file.requireModel(SHA, new Gpt2Config(1, 1, 1, 1, 3, 1e-5)));
    assertThrows(
        ModelException.class, () -> file.requireModel(SHA, new Gpt2Config(1, 1, 1, 3, 2, 1e-5)));
    assertThrows(
        ModelException.class, () -> file.requireModel(SHA, new Gpt2Config(1, 1, 1, 3, 4, 1e-5)));
  }

  @Test
  void aFileThatIsNotThereIsRefusedInOneLine() {
    String message = refusal(() -> GoldenFile.read(Path.of("does-not-exist.json")));
    assertEquals("does-not-exist.json: does not exist", message);
  }

  @Test
  void theGoldenOfTheBuiltInPromptsIsWhole() {
    GoldenFile file = GoldenFile.embedded();
    file.requireModel(file.modelSha256(), new Gpt2Config(4, 3, 192, 512, 2048, 1e-5));
    assertEquals("king-of-jungle", file.cases().getFirst().id());
  }
}
