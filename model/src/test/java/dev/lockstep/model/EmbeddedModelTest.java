package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedModelTest {
  @TempDir Path temporary;

  @Test
  void theTableOfSizesAndHashesIsThatOfTheResources() throws Exception {
    for (EmbeddedModel.Resource resource : EmbeddedModel.RESOURCES) {
      try (InputStream in = EmbeddedModel.open(resource)) {
        byte[] bytes = in.readAllBytes();
        assertEquals(resource.bytes(), bytes.length, resource.name());
        assertEquals(
            resource.sha256(),
            HexFormat.of().formatHex(Sha256.newDigest().digest(bytes)),
            resource.name());
      }
    }
  }

  @Test
  void opensWithItsTokenizerAndHash() {
    ModelFinder finder = new ModelFinder(temporary, new HubCache(temporary));
    try (LoadedModel model = Models.open("shakespeare", finder)) {
      assertEquals(4, model.config().nLayer());
      assertEquals(2048, model.config().vocabSize());
      assertTrue(model.weights().isTied());
      assertEquals(EmbeddedModel.SHA256, model.sha256());
      assertEquals(
          EmbeddedModel.SHA256, Sha256.of(List.of(model.directory().resolve("model.safetensors"))));
      assertEquals(9_089_888, model.checkpointBytes());
      Tokenizer tokenizer = model.tokenizer();
      assertEquals(2047, tokenizer.endOfTextId().orElseThrow());
      String text = "What, ho! Ich wäre 名 \uD83D\uDC69\u200D\uD83D\uDE80 <|endoftext|>\n";
      assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
      int[] ids = tokenizer.encodeWithSpecialTokens("a<|endoftext|>");
      assertArrayEquals(new int[] {tokenizer.encode("a")[0], 2047}, ids);
    }
  }

  @Test
  void aTruncatedExtractionIsReplaced() throws Exception {
    Path directory = EmbeddedModel.extractBelow(temporary);
    Path checkpoint = directory.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(checkpoint);
    Files.write(checkpoint, new byte[1000]);
    assertEquals(directory, EmbeddedModel.extractBelow(temporary));
    assertArrayEquals(whole, Files.readAllBytes(checkpoint));
  }

  @Test
  void manyExtractorsAtOnceLeaveOneCompleteDirectory() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Path>> extracted =
          IntStream.range(0, 8)
              .mapToObj(i -> threads.submit(() -> EmbeddedModel.extractBelow(temporary)))
              .toList();
      for (Future<Path> directory : extracted) {
        assertEquals(
            EmbeddedModel.SHA256, Sha256.of(List.of(directory.get().resolve("model.safetensors"))));
      }
    }
    try (Stream<Path> left = Files.list(temporary.resolve("embedded"))) {
      assertEquals(1, left.filter(Files::isDirectory).count());
    }
  }

  @Test
  void withoutACacheTheModelIsExtractedForThisProcess() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "not a directory");
    Path directory = EmbeddedModel.extractBelow(file);
    assertEquals(directory, EmbeddedModel.extractBelow(file), "once");
    assertEquals(EmbeddedModel.SHA256, Sha256.of(List.of(directory.resolve("model.safetensors"))));
  }
}
