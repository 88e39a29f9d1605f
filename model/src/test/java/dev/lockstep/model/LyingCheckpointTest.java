package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.model.TestCheckpoint.Part;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every lie about a checkpoint's data is refused in one line that names the file.
class LyingCheckpointTest {
  private static final List<Part> PARTS =
      TestCheckpoint.parts(
          TestCheckpoint.SHAPE, TestCheckpoint.values(TestCheckpoint.SHAPE, 1), "F32");

  @TempDir Path root;

  private Path withCheckpoint(byte[] bytes) throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    Files.write(directory.resolve("model.safetensors"), bytes);
    return directory;
  }

  private void assertHeaderRefused(String header, String... saying) throws IOException {
    TestCheckpoint.assertRefused(
        withCheckpoint(TestCheckpoint.file(header, PARTS)), "model.safetensors", saying);
  }

  static Stream<Arguments> headerChanges() {
    return Stream.of(
        change(
            "begins before the one before ends",
            h -> offsets(h, "wpe.weight", 263, 383),
            "overlaps"),
        change("leaves a hole", h -> offsets(h, "wpe.weight", 265, 385), "hole"),
        change(
            "ends beyond the file", h -> offsets(h, "ln_f.bias", 1 << 20, (1 << 20) + 24), "hole"),
        change(
            "does not fit its shape", h -> offsets(h, "wpe.weight", 264, 388), "needs 120 bytes"),
        change("begins after its end", h -> offsets(h, "wpe.weight", 384, 264), "data_offsets"),
        change("has a negative offset", h -> offsets(h, "wte.weight", -1, 263), "negative"),
        change(
            "has three offsets",
            h -> h.withArray("/wte.weight/data_offsets").add(1),
            "more than 2"),
        change(
            "has one offset",
            h -> h.withArray("/wte.weight/data_offsets").remove(0),
            "data_offsets"),
        change(
            "has a fraction as offset",
            h -> h.withArray("/wte.weight/data_offsets").set(0, 0.5),
            "integer"),
        change(
            "has a text as offset",
            h -> h.withArray("/wte.weight/data_offsets").set(0, "0"),
            "integer"),
        change(
            "has a negative size", h -> h.withArray("/wte.weight/shape").set(0, -11), "negative"),
        change(
            "overflows", h -> h.withArray("/wte.weight/shape").set(0, Long.MAX_VALUE), "overflows"),
        change(
            "has a size beyond 64 bits",
            h ->
                h.withArray("/wte.weight/shape")
                    .set(0, new java.math.BigInteger("18446744073709551627")),
            "range of long"),
        change("has nine dimensions", LyingCheckpointTest::nineDimensions, "more than 8"),
        change("has the wrong shape", LyingCheckpointTest::transposed, "[6, 11]", "[11, 6]"),
        change("has an unknown dtype", h -> entry(h, "wte.weight").put("dtype", "F33"), "F33"),
        change(
            "has a number as dtype", h -> entry(h, "wte.weight").put("dtype", 32), "not a string"),
        change(
            "has an integer dtype",
            h -> entry(h, "wte.weight").put("dtype", "I32"),
            "I32",
            "BF16",
            "quantized"),
        change("lacks its dtype", h -> entry(h, "wte.weight").remove("dtype"), "lacks"),
        change("lacks its shape", h -> entry(h, "wte.weight").remove("shape"), "lacks"),
        change("lacks its offsets", h -> entry(h, "wte.weight").remove("data_offsets"), "lacks"),
        change("has another field", h -> entry(h, "wte.weight").put("strides", 1), "strides"),
        change("is not an object", h -> h.put("wte.weight", 1), "not an object"),
        change(
            "has a foreign name",
            h -> h.set("h.0.rotary", h.remove("h.0.ln_1.bias")),
            "h.0.rotary"),
        change(
            "is of a third layer",
            h -> h.set("h.2.ln_1.bias", h.remove("h.1.ln_1.bias")),
            "is of block 2, but config.json says n_layer 2"),
        change(
            "has metadata that is no text",
            h -> h.putObject("__metadata__").put("a", 1),
            "not a string"),
        change("has metadata that is no object", h -> h.put("__metadata__", "a"), "not an object"));
  }

  private static Arguments change(String name, Consumer<ObjectNode> change, String... saying) {
    return Arguments.of(Named.of(name, change), saying);
  }

  private static ObjectNode entry(ObjectNode header, String tensor) {
    return header.withObject("/" + tensor);
  }

  private static void offsets(ObjectNode header, String tensor, long begin, long end) {
    entry(header, tensor).putArray("data_offsets").add(begin).add(end);
  }

  private static void nineDimensions(ObjectNode header) {
    ArrayNode shape = header.withArray("/wte.weight/shape");
    for (int i = 0; i < 7; i++) {
      shape.add(1);
    }
  }

  private static void transposed(ObjectNode header) {
    entry(header, "wte.weight").putArray("shape").add(6).add(11);
  }

  @ParameterizedTest
  @MethodSource("headerChanges")
  void aTensorThat(Consumer<ObjectNode> change, String[] saying) throws IOException {
    ObjectNode header = TestCheckpoint.header(PARTS);
    change.accept(header);
    assertHeaderRefused(header.toString(), saying);
  }

  @Test
  void duplicateNamesAreRefused() throws IOException {
    String header = TestCheckpoint.header(PARTS).toString();
    assertHeaderRefused(header.replace("wpe.weight", "wte.weight"), "wte.weight");
    assertHeaderRefused(header.replace("\"F32\",", "\"F32\",\"dtype\":\"F32\","), "dtype");
    assertHeaderRefused(header.replace("wpe.weight", "transformer.wte.weight"), "second time");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "{}", "[]", "1", "{} {}", "{}x", "\u0000", "nul", "{\"a\"", "\uFEFF{}"})
  void aHeaderThatIsNoCompleteObjectIsRefused(String header) throws IOException {
    assertHeaderRefused(header);
  }

  @Test
  void aHeaderThatIsNotUtf8IsRefused() throws IOException {
    byte[] file = TestCheckpoint.file(TestCheckpoint.header(PARTS).toString(), PARTS);
    file[8 + 20] = (byte) 0xFF;
    TestCheckpoint.assertRefused(withCheckpoint(file), "model.safetensors", "UTF-8");
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    assertHeaderRefused("[".repeat(100_000), "not an object");
    assertHeaderRefused("{\"a\":".repeat(100_000));
    assertHeaderRefused("{\"a\":{\"shape\":" + "[".repeat(100_000), "integer");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "9, 9",
    "100000001, 100000001",
    "2000000000, 2000000000",
    "9223372036854775807, 9223372036854775807",
    "-1, 18446744073709551615",
    "-9223372036854775808, 9223372036854775808"
  })
  void aHeaderLengthThatCannotBeIsRefused(long claim, String shown) throws IOException {
    byte[] file = new byte[16];
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(claim);
    TestCheckpoint.assertRefused(
        withCheckpoint(file), "model.safetensors", "header of " + shown + " bytes");
  }

  @Test
  void aHeaderOfTwoGigabytesIsRefusedAlthoughTheFileIsAsLong() throws IOException {
    Path directory = withCheckpoint(new byte[8]);
    try (RandomAccessFile sparse =
        new RandomAccessFile(directory.resolve("model.safetensors").toFile(), "rw")) {
      sparse.writeLong(Long.reverseBytes(2_000_000_000L));
      sparse.setLength(2_100_000_000L);
    }
    TestCheckpoint.assertRefused(directory, "model.safetensors", "100000000");
  }

  @Test
  void aFileThatIsCutOrHasMoreBehindItIsRefused() throws IOException {
    byte[] file = TestCheckpoint.file(TestCheckpoint.header(PARTS).toString(), PARTS);
    Path directory = withCheckpoint(file);
    for (int length = 0; length < file.length; length += 1 + length / 50) {
      Files.write(directory.resolve("model.safetensors"), Arrays.copyOf(file, length));
      TestCheckpoint.assertRefused(directory, "model.safetensors");
    }
    Files.write(directory.resolve("model.safetensors"), Arrays.copyOf(file, file.length - 1));
    TestCheckpoint.assertRefused(directory, "model.safetensors", "truncated");
    for (int more : new int[] {1, 512}) {
      Files.write(directory.resolve("model.safetensors"), Arrays.copyOf(file, file.length + more));
      TestCheckpoint.assertRefused(directory, "model.safetensors", "too long");
    }
  }

  @ParameterizedTest
  @MethodSource("partChanges")
  void aCheckpointThat(UnaryOperator<List<Part>> change, String saying) throws IOException {
    String message =
        String.valueOf(
            assertThrows(
                    ModelException.class,
                    () -> Models.open(TestCheckpoint.directory(root, change).toString()).close())
                .getMessage());
    assertTrue(message.startsWith(root.toString()) && !message.contains("\n"), message);
    assertTrue(message.contains(saying), message);
  }

  static Stream<Arguments> partChanges() {
    UnaryOperator<List<Part>> lacks = parts -> parts.subList(0, parts.size() - 1);
    UnaryOperator<List<Part>> other =
        parts -> {
          parts.set(3, new Part("lm_head.weight", "F32", List.of(11, 6), new byte[264]));
          return parts;
        };
    UnaryOperator<List<Part>> noBias =
        parts -> parts.stream().filter(part -> !part.name().endsWith(".bias")).toList();
    UnaryOperator<List<Part>> nothing = parts -> List.of();
    UnaryOperator<List<Part>> oneMore =
        parts -> {
          parts.add(new Part("a", "U8", List.of(), new byte[1]));
          return parts;
        };
    UnaryOperator<List<Part>> otherHead =
        parts -> {
          parts.add(new Part("lm_head.weight", "F32", List.of(11, 6), new byte[264]));
          return parts;
        };
    return Stream.of(
        Arguments.of(Named.of("lacks a tensor", lacks), "tensor 'ln_f.bias' is missing"),
        Arguments.of(Named.of("lacks a tensor and has a head", other), "h.0.ln_1.bias"),
        Arguments.of(
            Named.of("has a tensor that no model has", oneMore), "'a' is not part of a GPT-2"),
        Arguments.of(Named.of("has no bias", noBias), "trained with bias=False"),
        Arguments.of(Named.of("has no tensors", nothing), "'wte.weight' is missing and 27 more"),
        Arguments.of(
            Named.of("has a head that the config ties", otherHead), "tie_word_embeddings"));
  }
}
