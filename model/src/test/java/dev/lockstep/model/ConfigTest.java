package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
  @TempDir Path root;

  private Path directoryWith(String config) throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.writeString(directory.resolve("config.json"), config);
    return directory;
  }

  private void assertRefused(Path directory, String saying) {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> Models.open(directory.toString()).close())
                .getMessage());
    assertTrue(message.startsWith(directory.resolve("config.json") + ": "), message);
    assertTrue(message.contains(saying), message);
    assertFalse(message.contains("\n"), message);
  }

  /// The right config with one field added or replaced; the value is raw JSON.
  private static String with(String field, String value) {
    ObjectNode config = TestCheckpoint.config(TestCheckpoint.SHAPE);
    config.remove(field);
    String text = config.toString();
    return "%s,\"%s\":%s}".formatted(text.substring(0, text.length() - 1), field, value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "activation_function|\"gelu\"|gelu_new",
        "activation_function|\"relu\"|gelu_new",
        "activation_function|\"gelu_10\"|gelu_new",
        "activation_function|\"gelu_python\"|gelu_new",
        "activation_function|\"quick_gelu\"|gelu_new",
        "activation_function|\"silu\"|gelu_new",
        "activation_function|\"GELU_NEW\"|gelu_new",
        "activation_function|1|gelu_new",
        "model_type|\"gpt_neo\"|gpt2",
        "scale_attn_weights|false|true",
        "scale_attn_weights|\"true\"|true or false",
        "scale_attn_by_inverse_layer_idx|true|false",
        "add_cross_attention|true|false",
        "n_layer|0|from 1",
        "n_layer|-1|from 1",
        "n_layer|2.0|integer",
        "n_layer|\"2\"|integer",
        "n_layer|null|must be given",
        "n_head|null|must be given",
        "n_positions|null|must be given",
        "n_layer|NaN|integer",
        "n_layer|2147483648|integer",
        "n_layer|1e400|integer",
        "n_head|4|multiple of n_head 4",
        "n_embd|99999999|1048576",
        "n_inner|25|4 × n_embd = 24",
        "max_position_embeddings|6|disagree",
        "num_hidden_layers|3|disagree",
        "hidden_size|7|disagree",
        "layer_norm_epsilon|0|positive",
        "layer_norm_epsilon|-1e-5|positive",
        "layer_norm_epsilon|1e999|positive",
        "layer_norm_epsilon|NaN|positive",
        "layer_norm_epsilon|Infinity|positive",
        "layer_norm_epsilon|\"1e-5\"|number",
        "tie_word_embeddings|\"yes\"|true or false",
      })
  void whatIsNotGpt2IsRefusedByName(String field, String value, String saying) throws IOException {
    Path directory = directoryWith(with(field, value));
    assertRefused(directory, field);
    assertRefused(directory, saying);
  }

  @ParameterizedTest
  @ValueSource(strings = {"n_layer", "n_head", "n_embd", "n_positions", "vocab_size"})
  void everySizeIsRequired(String field) throws IOException {
    ObjectNode config = TestCheckpoint.config(TestCheckpoint.SHAPE);
    config.remove(field);
    assertRefused(directoryWith(config.toString()), field + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "n_ctx|5",
        "n_ctx|1024",
        "n_ctx|2",
        "n_ctx|null",
        "activation_function|\"gelu_pytorch_tanh\"",
        "activation_function|\"gelu_python_tanh\"",
        "activation_function|\"gelu_fast\"",
        "activation_function|\"gelu_accurate\"",
        "activation_function|null",
        "model_type|null",
        "scale_attn_weights|null",
        "scale_attn_by_inverse_layer_idx|null",
        "add_cross_attention|null",
        "reorder_and_upcast_attn|null",
        "layer_norm_epsilon|null",
        "tie_word_embeddings|null",
        "num_hidden_layers|null",
        "max_position_embeddings|null",
        "summary_activation|null",
        "initializer_range|NaN",
        "attn_pdrop|-Infinity",
        "task_specific_params|{\"a\":[Infinity,NaN]}",
        "n_inner|24",
        "n_inner|null",
        "num_hidden_layers|2",
        "reorder_and_upcast_attn|true",
        "attn_pdrop|0.1",
        "eos_token_id|50256",
        "torch_dtype|\"float16\"",
        "tie_word_embeddings|true",
        "task_specific_params|{\"text-generation\":{\"do_sample\":true,\"max_length\":50}}",
      })
  void whatDoesNotChangeTheResultIsIgnored(String field, String value) throws IOException {
    try (LoadedModel model = Models.open(directoryWith(with(field, value)).toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
    }
  }

  @Test
  void theOlderAndTheNewerNamesOfTheSizesAreRead() throws IOException {
    ObjectNode config = TestCheckpoint.config(TestCheckpoint.SHAPE);
    config.set("n_ctx", config.remove("n_positions"));
    config.set("num_hidden_layers", config.remove("n_layer"));
    config.set("num_attention_heads", config.remove("n_head"));
    config.set("hidden_size", config.remove("n_embd"));
    try (LoadedModel model = Models.open(directoryWith(config.toString()).toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
    }
  }

  @Test
  void aNullAmongTheNamesOfASizeLeavesItToTheOtherName() throws IOException {
    ObjectNode config = TestCheckpoint.config(TestCheckpoint.SHAPE);
    config.putNull("n_layer").put("num_hidden_layers", 2);
    config.putNull("n_positions").put("n_ctx", 5);
    try (LoadedModel model = Models.open(directoryWith(config.toString()).toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
    }
  }

  @Test
  void aByteOrderMarkIsSkipped() throws IOException {
    String config = TestCheckpoint.config(TestCheckpoint.SHAPE).toString();
    try (LoadedModel model = Models.open(directoryWith("\uFEFF" + config).toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
    }
    assertRefused(directoryWith("\uFEFF"), "JSON");
    assertRefused(directoryWith("\uFEFF\uFEFF" + config), "JSON");
  }

  @ParameterizedTest
  @CsvSource({
    "n_layer, 1",
    "n_layer, 3",
    "n_layer, 10000",
    "n_embd, 12",
    "n_positions, 6",
    "vocab_size, 12"
  })
  void aConfigThatDisagreesWithTheWeightsIsRefused(String field, int value) throws IOException {
    Path directory =
        directoryWith(TestCheckpoint.config(TestCheckpoint.SHAPE).put(field, value).toString());
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> Models.open(directory.toString()).close())
                .getMessage());
    assertTrue(message.startsWith(directory.toString()), message);
  }

  @Test
  void anUntiedConfigNeedsAHead() throws IOException {
    Path directory =
        directoryWith(
            TestCheckpoint.config(TestCheckpoint.SHAPE)
                .put("tie_word_embeddings", false)
                .toString());
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> Models.open(directory.toString()).close())
                .getMessage());
    assertTrue(message.contains("lm_head.weight"), message);
  }

  @Test
  void aFileThatIsNoJsonObjectIsRefused() throws IOException {
    assertRefused(directoryWith(""), "JSON");
    assertRefused(directoryWith("[]"), "JSON object");
    assertRefused(directoryWith("{\"n_layer\":1,\"n_layer\":2}"), "n_layer");
    assertRefused(directoryWith("{\"a\":" + "[".repeat(1000)), "nesting");
    assertRefused(directoryWith(" ".repeat((1 << 20) + 1)), "1048576");
    Path directory = directoryWith("");
    Files.writeString(
        directory.resolve("config.json"),
        TestCheckpoint.config(TestCheckpoint.SHAPE).toString(),
        StandardCharsets.UTF_16);
    assertRefused(directory, "UTF-16");
    Files.delete(directory.resolve("config.json"));
    assertRefused(directory, "does not exist");
    Files.write(directory.resolve("config.json"), new byte[] {'{', '"', (byte) 0xC3, '"', '}'});
    assertRefused(directory, "UTF-8");
  }
}
