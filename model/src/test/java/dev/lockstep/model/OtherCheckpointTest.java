package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What there is in the place of a checkpoint, or of one of its files, is named in the refusal.
class OtherCheckpointTest {
  private static final String LFS =
      """
      version https://git-lfs.github.com/spec/v1
      oid sha256:248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707
      size 548105171
      """;

  @TempDir Path root;

  private Path withoutCheckpoint() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.delete(directory.resolve("model.safetensors"));
    return directory;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pytorch_model.bin training_args.bin|pytorch_model.bin|pickle",
        "pytorch_model-00001-of-00002.bin pytorch_model.bin.index.json|pytorch_model|pickle",
        "optimizer.pt pytorch_model.bin tf_model.h5|pytorch_model.bin|pickle",
        "ckpt.pt|ckpt.pt|pickle",
        "last.ckpt|last.ckpt|pickle",
        "consolidated.00.pth|consolidated.00.pth|pickle",
        "model-00001-of-00001.safetensors|model-00001-of-00001.safetensors|rename it to model.safetensors",
        "model-00001-of-00002.safetensors|model-00001-of-00002.safetensors|model.safetensors.index.json, which says where each tensor is, is missing",
        "model.fp16.safetensors|model.fp16.safetensors|rename it to model.safetensors",
        "gpt2.safetensors|gpt2.safetensors|rename it to model.safetensors",
        "adapter_model.safetensors adapter_config.json|adapter_model.safetensors|adapter",
        "gpt2-Q4_K_M.gguf|gpt2-Q4_K_M.gguf|llama.cpp",
        "ggml-model-f16.bin|ggml-model-f16.bin|llama.cpp",
        "checkpoint encoder.json hparams.json model.ckpt.data-00000-of-00001 model.ckpt.index model.ckpt.meta vocab.bpe|hparams.json|OpenAI",
        "tf_model.h5|tf_model.h5|not read",
        "flax_model.msgpack|flax_model.msgpack|not read",
        "model.onnx|model.onnx|not read",
      })
  void whatIsThereInsteadIsNamed(String files, String named, String saying) throws IOException {
    Path directory = withoutCheckpoint();
    for (String file : files.split(" ")) {
      Files.writeString(directory.resolve(file), "");
    }
    TestCheckpoint.assertRefused(directory, "", "neither", "there is " + named, saying);
  }

  @Test
  void aModelOneDirectoryBelowIsNamed() throws IOException {
    Path outer = Files.createDirectory(root.resolve("outer"));
    Files.writeString(outer.resolve("training_args.bin"), "");
    Path inner = Files.createDirectory(outer.resolve("checkpoint-500"));
    Files.writeString(inner.resolve("model.safetensors"), "");
    TestCheckpoint.assertRefused(outer, "", "neither", "a model in " + inner);
  }

  @Test
  void anEmptyDirectoryHasNothingToName() throws IOException {
    Path empty = Files.createDirectory(root.resolve("empty"));
    TestCheckpoint.assertRefused(empty, "", "neither");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors",
        "model.safetensors.index.json",
        "config.json",
        "shard.safetensors"
      })
  void aGitLfsPointerIsNamedWhereverItStands(String file) throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    if (!file.equals("config.json")) {
      Files.delete(directory.resolve("model.safetensors"));
    }
    if (file.equals("shard.safetensors")) {
      Files.writeString(
          directory.resolve("model.safetensors.index.json"),
          "{\"weight_map\":{\"wte.weight\":\"shard.safetensors\"}}");
    }
    Files.writeString(directory.resolve(file), LFS);
    TestCheckpoint.assertRefused(directory, file, "Git LFS pointer", "git lfs pull");
    Files.writeString(directory.resolve(file), LFS.replace("\n", "\r\n"));
    TestCheckpoint.assertRefused(directory, file, "Git LFS pointer", "git lfs pull");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html><body>Sign in</body></html>|an HTML page",
        "%0A  <!doctype HTML>%0A<html class=''>|an HTML page",
        "<html><head><title>404 Not Found</title></head>|an HTML page",
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>|XML",
        "GGUF%03%00%00%00%94%00|GGUF",
        "PK%03%04%00%00%08%08%00%00|pickle",
        "%80%02%8A%0Al%FC%9CF%F9|pickle",
        "%89HDF%0D%0A%1A%0A%00|HDF5",
        "%1F%8B%08%00%00%00%00%00%00|gzip",
        "{\"error\":\"Repository not found\"}|is a text, not safetensors; it begins '{\"error\"",
        "Invalid username or password.|'Invalid username or password.'",
        "../../blobs/248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707|the text of a link",
      })
  void anotherFormatUnderTheNameOfTheCheckpointIsNamed(String content, String saying)
      throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.write(
        directory.resolve("model.safetensors"),
        URLDecoder.decode(content, StandardCharsets.ISO_8859_1)
            .getBytes(StandardCharsets.ISO_8859_1));
    TestCheckpoint.assertRefused(directory, "model.safetensors", saying);
  }

  @Test
  void aBrokenLinkIsNamed() throws IOException {
    Path directory = withoutCheckpoint();
    Files.createSymbolicLink(
        directory.resolve("model.safetensors"), Path.of("..", "blobs", "gone"));
    TestCheckpoint.assertRefused(directory, "model.safetensors", "broken link", "blobs/gone");
  }

  @Test
  void anIndexThatNamesOnlyTheSingleFileChangesNothing() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    // What it says of tensors may be stale.
    index(directory, "model.safetensors");
    assertNotes(directory);
  }

  @Test
  void anIndexBesideTheSingleFileWhoseFilesAreGoneIsIgnoredWithANote() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    index(directory, "model-00001-of-00002.safetensors");
    assertNotes(directory, "model-00001-of-00002.safetensors");
    Files.writeString(directory.resolve("model.safetensors.index.json"), "{}");
    assertNotes(directory, "weight_map");
    Files.writeString(directory.resolve("model.safetensors.index.json"), LFS);
    assertNotes(directory, "Git LFS pointer");
  }

  @Test
  void anIndexThatNamesTheSingleFileAmongOthersCounts() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts.subList(0, 14));
    TestCheckpoint.write(
        directory.resolve("b.safetensors"),
        TestCheckpoint.parts(
                TestCheckpoint.SHAPE, TestCheckpoint.values(TestCheckpoint.SHAPE, 1), "F32")
            .subList(14, 28));
    StringBuilder map = new StringBuilder();
    TestCheckpoint.values(TestCheckpoint.SHAPE, 1).keySet().stream()
        .limit(14)
        .forEach(name -> map.append("\"%s\":\"model.safetensors\",".formatted(name)));
    TestCheckpoint.values(TestCheckpoint.SHAPE, 1).keySet().stream()
        .skip(14)
        .forEach(name -> map.append("\"%s\":\"b.safetensors\",".formatted(name)));
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        "\uFEFF{\"weight_map\":{%s}}".formatted(map.substring(0, map.length() - 1)));
    assertNotes(directory);
  }

  @Test
  void twoCheckpointsAreRefused() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.copy(directory.resolve("model.safetensors"), directory.resolve("other.safetensors"));
    index(directory, "other.safetensors");
    TestCheckpoint.assertRefused(directory, "", "both", "remove");
  }

  @Test
  void aStraySafetensorsFileIsIgnored() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.writeString(directory.resolve("model-00003-of-00003.safetensors"), "stray");
    assertNotes(directory);
  }

  private static void index(Path directory, String file) throws IOException {
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        "{\"metadata\":{\"total_size\":1},\"weight_map\":{\"gone.weight\":\"%s\"}}"
            .formatted(file));
  }

  /// The model opens with its weights, and with a note for each of these words.
  private static void assertNotes(Path directory, String... saying) {
    try (LoadedModel model = Models.open(directory.toString())) {
      assertTrue(
          TestCheckpoint.holds(model, TestCheckpoint.values(TestCheckpoint.SHAPE, 1)),
          directory.toString());
      List<String> notes = model.notes();
      assertEquals(saying.length, notes.size(), notes.toString());
      for (int i = 0; i < saying.length; i++) {
        assertTrue(notes.get(i).contains(saying[i]), notes.get(i));
      }
    }
  }
}
