package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.synthetic.SyntheticShape;
import dev.lockstep.model.synthetic.SyntheticWeights;
import dev.lockstep.model.tokenizer.ByteTokenizer;
import dev.lockstep.model.tokenizer.Gpt2Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelTest {
  private static final String SMALL =
      "synthetic:n_layer=2:n_head=2:n_embd=16:n_positions=32:vocab_size=300";

  @TempDir Path cache;

  private LoadedModel open(String argument) {
    return Models.open(argument, new ModelFinder(cache, new HubCache(cache.resolve("hub"))));
  }

  /// The hashes are what `tools/synthetic_weights.py` prints for the same seeds and shapes.
  @ParameterizedTest
  @CsvSource({
    "synthetic:n_layer=2:n_head=2:n_embd=16:n_positions=32:vocab_size=300,"
        + "e4c8236b59e1a993b20cbb62b13784a7ab1e0164439c86e02452da23fdaabc76",
    "synthetic:n_layer=2:n_head=3:n_embd=9:n_positions=7:vocab_size=11:seed=-5,"
        + "db8ee43ac55c9d7d340efc7f99cc80201c673be4abcbf874af0639163f5b33ce"
  })
  void theCheckpointIsBitForBitThatOfTheDescription(String argument, String sha256) {
    try (LoadedModel model = open(argument)) {
      assertEquals(sha256, model.sha256());
    }
  }

  @Test
  void anElementDependsOnItsPlaceAlone() {
    try (LoadedModel model = open(SMALL + ":seed=9")) {
      SyntheticWeights weights = new SyntheticWeights(model.config(), 9, "h.1.mlp.c_fc.weight");
      float[] written = model.weights().block(1).fcWeight().toArray();
      for (int i = written.length - 1; i >= 0; i--) {
        assertEquals(weights.element(i), written[i]);
      }
    }
  }

  @Test
  void seedsAndTensorsDiffer() {
    Gpt2Config config = SyntheticShape.parse(SMALL).config();
    float[] first = row(config, 0, "h.0.mlp.c_fc.weight");
    assertFalse(Arrays.equals(first, row(config, 1, "h.0.mlp.c_fc.weight")));
    assertFalse(Arrays.equals(first, row(config, 0, "h.1.mlp.c_fc.weight")));
  }

  private static float[] row(Gpt2Config config, long seed, String name) {
    SyntheticWeights weights = new SyntheticWeights(config, seed, name);
    float[] row = new float[64];
    for (int i = 0; i < row.length; i++) {
      row[i] = weights.element(i);
    }
    return row;
  }

  @Test
  void elementsHaveTheMeanAndDeviationOfTheirTensor() {
    Gpt2Config config = SyntheticShape.parse("synthetic:gpt2").config();
    SyntheticWeights weights = new SyntheticWeights(config, 0, "h.3.ln_1.weight");
    int count = 200_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double deviation = weights.element(i) - 1;
      sum += deviation;
      squares += deviation * deviation;
    }
    // Five standard errors of either estimate.
    assertEquals(0, sum / count, 5 * 0.1 / Math.sqrt(count));
    assertEquals(0.1, Math.sqrt(squares / count), 5 * 0.1 / Math.sqrt(2.0 * count));
  }

  @Test
  void aModelIsWrittenOnceAndItsHashRemembered() throws IOException {
    Path checkpoint;
    String sha256;
    try (LoadedModel model = open(SMALL)) {
      checkpoint = model.directory().resolve("model.safetensors");
      sha256 = model.sha256();
    }
    Object key = Files.readAttributes(checkpoint, "*").get("lastModifiedTime");
    try (LoadedModel model = open(SMALL)) {
      assertEquals(key, Files.readAttributes(checkpoint, "*").get("lastModifiedTime"));
      assertTrue(
          Files.readString(model.directory().resolve("model.safetensors.sha256"))
              .startsWith(sha256));
      assertEquals(sha256, model.sha256());
    }
  }

  @Test
  void aRememberedHashIsNotBelievedOnceTheFileChanged() throws IOException {
    Path file = cache.resolve("file");
    Files.write(file, new byte[] {1});
    String first = Sha256.remembered(file);
    Files.write(file, new byte[] {1, 2});
    assertFalse(first.equals(Sha256.remembered(file)));
    assertEquals(Sha256.of(List.of(file)), Sha256.remembered(file));
  }

  @Test
  void aCutFileIsWrittenAgain() throws IOException {
    Path checkpoint;
    byte[] whole;
    try (LoadedModel model = open(SMALL)) {
      checkpoint = model.directory().resolve("model.safetensors");
      whole = Files.readAllBytes(checkpoint);
    }
    Files.write(checkpoint, Arrays.copyOf(whole, 5000));
    open(SMALL).close();
    assertArrayEquals(whole, Files.readAllBytes(checkpoint));
  }

  @Test
  void aFailureHalfWayLeavesNothing() throws IOException {
    Path target = cache.resolve("below").resolve("model");
    AtomicDirectory directory = new AtomicDirectory(target, () -> Files.isDirectory(target));
    assertThrows(
        IOException.class,
        () ->
            directory.require(
                temporary -> {
                  Files.writeString(temporary.resolve("half"), "…");
                  throw new IOException("No space left on device");
                }));
    try (Stream<Path> left = Files.list(cache.resolve("below"))) {
      assertEquals(List.of(".lock"), left.map(path -> path.getFileName().toString()).toList());
    }
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws IOException {
    Files.writeString(cache.resolve("synthetic"), "a file, not a directory");
    String message =
        String.valueOf(assertThrows(ModelException.class, () -> open(SMALL)).getMessage());
    assertTrue(message.contains(cache.toString()), message);
    assertTrue(message.contains("49856 bytes"), message);
    assertTrue(message.contains("LOCKSTEP_CACHE"), message);
  }

  @Test
  void theTokenizerFollowsTheVocabulary() {
    try (LoadedModel bytes = open(SMALL);
        LoadedModel gpt2 = open("synthetic:gpt2:n_layer=1:n_head=1:n_embd=2:n_positions=2");
        LoadedModel none =
            open("synthetic:n_layer=1:n_head=1:n_embd=2:n_positions=2:vocab_size=255")) {
      assertEquals(ByteTokenizer.class, bytes.tokenizer().getClass());
      assertEquals(300, bytes.tokenizer().vocabSize());
      assertEquals(Gpt2Tokenizer.class, gpt2.tokenizer().getClass());
      assertFalse(none.hasTokenizer());
    }
  }

  @Test
  void whatTheCacheHoldsIsKnown() throws IOException {
    open(SMALL + ":seed=3").close();
    Files.createDirectories(cache.resolve("synthetic").resolve("v1,nonsense"));
    Files.createDirectories(cache.resolve("synthetic").resolve("v1,gpt2:seed=9"));
    ModelFinder finder = new ModelFinder(cache, new HubCache(cache.resolve("hub")));
    assertEquals(
        List.of(
            "shakespeare",
            "synthetic:gpt2",
            "synthetic:gpt2-medium",
            "synthetic:gpt2-large",
            "synthetic:gpt2-xl",
            SMALL + ":seed=3"),
        finder.known().stream().map(KnownModel::argument).toList());
    assertTrue(finder.known().getLast().present());
    assertFalse(finder.known().get(1).present());
  }

  @Test
  void publishedShapesHaveTheirPublishedSizes() {
    assertEquals(124_439_808, SyntheticShape.parse("synthetic:gpt2").config().parameterCount());
    assertEquals(
        1_557_611_200L, SyntheticShape.parse("synthetic:gpt2-xl").config().parameterCount());
  }

  @Test
  void aShapeHasOneCanonicalArgument() {
    String fields = "synthetic:n_layer=12:n_head=12:n_embd=768:n_positions=1024:vocab_size=50257";
    assertEquals("synthetic:gpt2", SyntheticShape.parse(fields).canonicalArgument());
    assertEquals(
        "synthetic:gpt2:seed=3", SyntheticShape.parse(fields + ":seed=3").canonicalArgument());
    assertEquals(SMALL, SyntheticShape.parse(SMALL + ":seed=0").canonicalArgument());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "synthetic:",
        "synthetic:gpt3",
        "synthetic:gpt2:",
        "synthetic:gpt2:layers=3",
        "synthetic:gpt2:n_layer",
        "synthetic:gpt2:n_layer=",
        "synthetic:gpt2:n_layer=0",
        "synthetic:gpt2:n_layer=99999999999999999999",
        "synthetic:gpt2:n_layer=2:n_layer=2",
        "synthetic:gpt2:n_head=7",
        "synthetic:gpt2:n_layer=10000000",
        "synthetic:n_layer=2:n_head=2",
        "synthetic:gpt2:seed=x"
      })
  void anythingElseIsRefusedWithTheArgument(String argument) {
    String message =
        String.valueOf(assertThrows(ModelException.class, () -> open(argument)).getMessage());
    assertTrue(message.startsWith("model '" + argument + "'"), message);
    assertFalse(message.contains("\n"), message);
  }
}
