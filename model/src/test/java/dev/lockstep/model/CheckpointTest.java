package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.TestCheckpoint.Part;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The forms in which a right checkpoint may come.
class CheckpointTest {
  private static final Map<String, float[]> VALUES = TestCheckpoint.values(TestCheckpoint.SHAPE, 1);

  @TempDir Path root;

  private void assertOpensAsTheSameModel(Path directory) {
    try (LoadedModel model = Models.open(directory.toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
      assertTrue(TestCheckpoint.holds(model, VALUES));
      assertTrue(model.weights().isTied());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16"})
  void everyDtypeOfWeightsIsReadExactly(String dtype) throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root, parts -> TestCheckpoint.parts(TestCheckpoint.SHAPE, VALUES, dtype)));
  }

  @Test
  void everyF16AndBf16ValueIsWidenedExactly() {
    try (Arena arena = Arena.ofConfined()) {
      short[] all = new short[1 << 16];
      for (int i = 0; i < all.length; i++) {
        all[i] = (short) i;
      }
      // One byte off, as a mapped file may be.
      MemorySegment halves = arena.allocate(all.length * 2 + 1).asSlice(1);
      MemorySegment.copy(all, 0, halves, ValueLayout.JAVA_SHORT_UNALIGNED, 0, all.length);
      float[] f16 = HalfPrecision.widenF16(halves, arena).toArray(ValueLayout.JAVA_FLOAT);
      float[] bf16 = HalfPrecision.widenBf16(halves, arena).toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < all.length; i++) {
        assertEquals(valueOfF16(i), f16[i], "F16 bits " + i);
        assertEquals(i << 16, Float.floatToRawIntBits(bf16[i]), "BF16 bits " + i);
      }
    }
  }

  /// By the definition of binary16.
  private static double valueOfF16(int bits) {
    double sign = (bits & 0x8000) == 0 ? 1 : -1;
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    if (exponent == 31) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * Math.scalb((double) fraction, -24)
        : sign * Math.scalb(1024.0 + fraction, exponent - 25);
  }

  @Test
  void namesMayHaveThePrefixTransformer() throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root,
            parts ->
                parts.stream().map(part -> part.named("transformer." + part.name())).toList()));
  }

  @Test
  void maskBuffersOfAnyDtypeAreIgnored() throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(0, new Part("h.0.attn.bias", "BOOL", List.of(1, 1, 5, 5), new byte[25]));
              parts.add(3, new Part("h.1.attn.bias", "U8", List.of(1, 1, 5, 5), new byte[25]));
              parts.add(new Part("h.0.attn.masked_bias", "F64", List.of(), new byte[8]));
              parts.add(new Part("h.1.attn.masked_bias", "F16", List.of(1), new byte[2]));
              return parts;
            }));
  }

  @Test
  void dataMayBeginAtAnyByteAndIsNotCopied() throws IOException {
    for (int offset = 0; offset < 4; offset++) {
      Path directory = TestCheckpoint.directory(root, parts -> parts);
      List<Part> parts = TestCheckpoint.parts(TestCheckpoint.SHAPE, VALUES, "F32");
      String header = TestCheckpoint.header(parts) + " ".repeat(offset);
      Files.write(directory.resolve("model.safetensors"), TestCheckpoint.file(header, parts));
      assertOpensAsTheSameModel(directory);
      try (LoadedModel model = Models.open(directory.toString())) {
        long first = model.weights().wte().data().address();
        long second = model.weights().wpe().data().address();
        assertEquals(
            model.weights().wte().data().byteSize(), second - first, "slices of one mapping");
      }
    }
  }

  @Test
  void anUntiedHeadIsRead() throws IOException {
    float[] head = new float[11 * 6];
    head[65] = 7;
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(
                  new Part(
                      "lm_head.weight", "F32", List.of(11, 6), TestCheckpoint.bytes(head, "F32")));
              return parts;
            },
            TestCheckpoint.config(TestCheckpoint.SHAPE).put("tie_word_embeddings", false));
    try (LoadedModel model = Models.open(directory.toString())) {
      assertFalse(model.weights().isTied());
      assertArrayEquals(head, model.weights().lmHead().toArray());
    }
  }

  @Test
  void aHeadThatEqualsTheEmbeddingIsTied() throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(parts.getFirst().named("lm_head.weight"));
              return parts;
            }));
  }

  @Test
  void shardsAreReadThroughTheIndexAndHashedInNameOrder() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.delete(directory.resolve("model.safetensors"));
    List<Part> parts = TestCheckpoint.parts(TestCheckpoint.SHAPE, VALUES, "F32");
    ObjectNode index = new ObjectMapper().createObjectNode();
    index.putObject("metadata").put("total_size", 1);
    ObjectNode weightMap = index.putObject("weight_map");
    List<String> names = List.of("b.safetensors", "a.safetensors", "c.safetensors");
    for (int shard = 0; shard < 3; shard++) {
      List<Part> own = new ArrayList<>();
      for (int i = shard; i < parts.size(); i += 3) {
        own.add(parts.get(i));
        weightMap.put(parts.get(i).name(), names.get(shard));
      }
      TestCheckpoint.write(directory.resolve(names.get(shard)), own);
    }
    Files.writeString(directory.resolve("model.safetensors.index.json"), index.toString());
    assertOpensAsTheSameModel(directory);
    try (LoadedModel model = Models.open(directory.toString())) {
      assertEquals(
          Sha256.of(
              List.of(
                  directory.resolve("a.safetensors"),
                  directory.resolve("b.safetensors"),
                  directory.resolve("c.safetensors"))),
          model.sha256());
    }
  }

  @Test
  void anUnusableTokenizerIsMissedOnlyWhenAskedFor() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    try (LoadedModel model = Models.open(directory.toString())) {
      assertFalse(model.hasTokenizer());
      String message = assertThrows(ModelException.class, model::tokenizer).getMessage();
      assertTrue(String.valueOf(message).contains("has no tokenizer"), message);
    }
  }

  @Test
  void closedWeightsCannotBeRead() throws IOException {
    LoadedModel model = Models.open(TestCheckpoint.directory(root, parts -> parts).toString());
    model.close();
    model.close();
    assertThrows(IllegalStateException.class, () -> model.weights().wte().get(0));
  }
}
