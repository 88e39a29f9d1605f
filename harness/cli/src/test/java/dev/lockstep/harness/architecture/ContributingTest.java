package dev.lockstep.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table "to change X, go to Y" of `CONTRIBUTING.md` leads somewhere.
class ContributingTest {
  private static final Pattern NAME = Pattern.compile("`([^`]+)`(:?)");

  private static List<String[]> rows() throws IOException {
    return Files.readAllLines(Checkout.ROOT.resolve("CONTRIBUTING.md")).stream()
        .dropWhile(line -> !line.startsWith("| to change |"))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.split(" \\| "))
        .toList();
  }

  /// The classes, each with its module, as `module/Class`.
  private static Set<String> classes(String... kinds) throws IOException {
    Set<String> classes = new HashSet<>();
    for (String kind : kinds) {
      for (Checkout.Source source : Checkout.sources(kind)) {
        classes.add(source.module() + "/" + source.name().replace(".java", ""));
      }
    }
    return classes;
  }

  @Test
  void everyPlaceExists() throws IOException {
    Set<String> classes = classes("main");
    List<String> missing = new ArrayList<>();
    for (String[] row : rows()) {
      String module = "";
      Matcher name = NAME.matcher(row[1].replaceAll("\\(`\\p{Upper}\\w+`\\)", ""));
      while (name.find()) {
        if (!name.group(2).isEmpty()) {
          module = name.group(1);
        } else if (!name.group(1).matches("\\p{Upper}\\w+")) {
          if (!isFile(name.group(1), module)) {
            missing.add(row[0] + ": " + name.group(1));
          }
        } else if (!classes.contains(module + "/" + name.group(1))) {
          missing.add(row[0] + ": " + module + ", " + name.group(1));
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(rows().size() >= 15);
  }

  /// A path from the root, or a resource of the module.
  private static boolean isFile(String path, String module) throws IOException {
    return Files.exists(Checkout.ROOT.resolve(path))
        || !Checkout.files(
                Checkout.ROOT.resolve(module).resolve("src"), ".*/" + Pattern.quote(path))
            .isEmpty();
  }

  @Test
  void everyTestThatHoldsAChangeExists() throws IOException {
    Set<String> names = new HashSet<>();
    classes("main", "test").forEach(path -> names.add(path.replaceFirst(".*/", "")));
    List<String> missing = new ArrayList<>();
    for (String[] row : rows()) {
      Matcher name = NAME.matcher(row[2]);
      while (name.find()) {
        if (name.group(1).matches("\\p{Upper}\\w+")
            ? !names.contains(name.group(1))
            : !Files.exists(Checkout.ROOT.resolve(name.group(1)))) {
          missing.add(row[0] + ": " + name.group(1));
        }
      }
    }
    assertEquals(List.of(), missing);
  }
}
