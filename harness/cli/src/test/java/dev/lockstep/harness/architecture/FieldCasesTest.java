package dev.lockstep.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The index of what people bring, `tools/field-cases`: every case names tests, and they exist.
/// `tools/acceptance field` runs them.
class FieldCasesTest {
  private static final Path ROOT = Checkout.ROOT;
  private static final Path INDEX = ROOT.resolve("tools/field-cases");
  private static final String HEADER = "case\twhat\tright\treported_at\ttests";
  private static final Pattern SUPERTYPES =
      Pattern.compile("\\b(?:extends|implements)\\s+([A-Za-z0-9_, <>\\n]+?)\\s*\\{");

  private static List<String[]> rows() throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (Path file : Checkout.files(INDEX, ".*\\.tsv")) {
      List<String> lines = Files.readAllLines(file);
      assertEquals(HEADER, lines.getFirst(), file.toString());
      for (String line : lines.subList(1, lines.size())) {
        String[] cells = line.split("\t", -1);
        assertEquals(5, cells.length, file + ": " + line);
        rows.add(cells);
      }
    }
    return rows;
  }

  @Test
  void everyCaseSaysWhatIsRightAndNamesATest() throws IOException {
    Set<String> seen = new HashSet<>();
    List<String[]> rows = rows();
    for (String[] row : rows) {
      assertTrue(seen.add(row[0]), row[0] + " is there twice");
      assertTrue(row[0].matches("[A-Z][0-9]+|[a-z0-9-]+"), row[0]);
      assertFalse(row[1].isBlank() || row[2].isBlank() || row[4].isBlank(), row[0]);
    }
    assertFalse(rows.isEmpty());
  }

  @Test
  void everyNamedTestExists() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String kind : List.of("test", "main")) {
      for (Source source : Checkout.sources(kind)) {
        if (kind.equals("test") || source.module().equals("backend-tck")) {
          String name = source.name().replace(".java", "");
          sources.merge(name, source.text(), (one, other) -> one + other);
        }
      }
    }
    List<String> absent = new ArrayList<>();
    for (String[] row : rows()) {
      for (String test : row[4].split(" ")) {
        String[] parts = test.split("#", -1);
        String outer = parts[0].replaceFirst("\\$.*", "");
        if (parts.length != 2 || !holds(sources, outer, parts[1], new HashSet<>())) {
          absent.add(row[0] + ": " + test);
        }
      }
    }
    assertEquals(List.of(), absent);
  }

  /// The cases that the project knows, so that none loses its row.
  @Test
  void everyKnownCaseHasARow() throws IOException {
    Set<String> known = new HashSet<>(Files.readAllLines(INDEX.resolve("known.txt")));
    rows().forEach(row -> known.remove(row[0]));
    known.remove("");
    assertEquals(Set.of(), known);
  }

  /// Whether a class, or one that it inherits from, has a test method of that name.
  private static boolean holds(
      Map<String, String> sources, String type, String method, Set<String> seen) {
    String source = sources.get(type);
    if (source == null || !seen.add(type)) {
      return false;
    }
    if (Pattern.compile("\\b(void|Stream<\\w+>|List<\\w+>) " + Pattern.quote(method) + "\\(")
        .matcher(source)
        .find()) {
      return true;
    }
    Matcher supertypes = SUPERTYPES.matcher(source);
    while (supertypes.find()) {
      for (String supertype : supertypes.group(1).split("\\W+")) {
        if (holds(sources, supertype, method, seen)) {
          return true;
        }
      }
    }
    return false;
  }
}
