package dev.lockstep.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A checkpoint that is not as its index says is refused in one line that names the file.
class LyingIndexTest {
  @TempDir Path root;

  @Test
  void theCheckpointMayBeNoFile() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.delete(directory.resolve("model.safetensors"));
    Files.createDirectory(directory.resolve("model.safetensors"));
    TestCheckpoint.assertRefused(directory, "model.safetensors", "not a regular file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|weight_map",
        "[]|JSON object",
        "{\"weight_map\":{}}|weight_map",
        "{\"weight_map\":[]}|weight_map",
        "{\"weight_map\":{\"wte.weight\":1}}|not a file name",
        "{\"weight_map\":{\"wte.weight\":\"../a.safetensors\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"/etc/a.safetensors\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"b/a.safetensors\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"b\\\\a.safetensors\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"a\\u0000.safetensors\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"..\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"config.json\"}}|beside the index",
        "{\"weight_map\":{\"wte.weight\":\"absent.safetensors\"}}|not there",
        "{\"weight_map\":{\"a\":\"a.safetensors\",\"a\":\"a.safetensors\"}}|Duplicate",
        "{\"weight_map\":{\"wte.weight\":\"shard.safetensors\"}}|not where the index says",
        "{\"weight_map\":{\"nothing\":\"shard.safetensors\"}}|not where the index says",
      })
  void anIndexThatLiesIsRefused(String index, String saying) throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.move(directory.resolve("model.safetensors"), directory.resolve("shard.safetensors"));
    Files.writeString(directory.resolve("model.safetensors.index.json"), index);
    String file =
        saying.startsWith("not where") ? "shard.safetensors" : "model.safetensors.index.json";
    TestCheckpoint.assertRefused(directory, file, saying);
  }

  @Test
  void aTensorThatTheIndexPromisesMustBeThere() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.move(directory.resolve("model.safetensors"), directory.resolve("shard.safetensors"));
    StringBuilder index = new StringBuilder("{\"weight_map\":{\"extra\":\"shard.safetensors\"");
    TestCheckpoint.parts(
            TestCheckpoint.SHAPE, TestCheckpoint.values(TestCheckpoint.SHAPE, 1), "F32")
        .forEach(
            part -> index.append(",\"").append(part.name()).append("\":\"shard.safetensors\""));
    Files.writeString(
        directory.resolve("model.safetensors.index.json"), index.append("}}").toString());
    TestCheckpoint.assertRefused(directory, "shard.safetensors", "lacks tensor 'extra'");
  }
}
