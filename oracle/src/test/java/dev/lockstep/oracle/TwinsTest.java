package dev.lockstep.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Both precisions are computed by the same code: an operation and its twin differ in their number
/// types alone.
class TwinsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/lockstep/oracle");

  static Stream<String> operations() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES.resolve("f32"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("package-info.java"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void twinsDifferInTheirNumberTypesAlone(String file) throws IOException {
    assertEquals(neutral("f32", file), neutral("f64", file));
  }

  private static String neutral(String precision, String file) throws IOException {
    return Files.readString(SOURCES.resolve(precision).resolve(file))
        .replaceAll("import dev.lockstep.api.Precision;\n", "")
        .replaceAll("Precision\\.widened\\((\\w+\\.toArray\\(\\))\\)", "$1")
        .replace(precision, "precision")
        .replaceAll("\\b(float|double)\\b", "number")
        .replaceAll("(Float|Double)(Vector\\b|>)", "Number$2")
        // Where a line is too long depends on the names of the types.
        .replaceAll("\\(\\s+", "(")
        .replaceAll("\\s+", " ");
  }
}
