package dev.lockstep.backend.naive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The oracle is the same formula in another precision: the code of an operation and that of its
/// twin differ in their number types alone.
class TwinsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/lockstep/backend/naive");

  static Stream<String> operations() {
    return Stream.of(
        "CausalSelfAttention",
        "Gelu",
        "Gpt2",
        "Layers",
        "LayerNorm",
        "Linear",
        "LmHead",
        "Mlp",
        "Softmax",
        "TransformerBlock");
  }

  @ParameterizedTest
  @MethodSource("operations")
  void twinsDifferInTheirNumberTypesAlone(String operation) throws IOException {
    assertEquals(neutral("f32", operation), neutral("f64", operation));
  }

  private static List<String> neutral(String precision, String operation) throws IOException {
    String code = Files.readString(SOURCES.resolve(precision).resolve(operation + ".java"));
    return code.lines()
        .filter(line -> !line.strip().startsWith("///"))
        .filter(line -> !line.equals("import dev.lockstep.api.Precision;"))
        .map(
            line ->
                line.replace("naive." + precision, "naive")
                    .replaceAll("\\((float|double)\\) ", "")
                    .replaceAll("\\b(float|double|Float|Double)\\b", "number")
                    .replaceAll("Precision\\.widened\\((\\w+\\.toArray\\(\\))\\)", "$1")
                    .replaceAll("\\b(\\d+\\.\\d+)f\\b", "$1"))
        .map(String::strip)
        .toList();
  }
}
