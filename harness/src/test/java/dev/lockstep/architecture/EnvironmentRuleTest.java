package dev.lockstep.architecture;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What a user sets is read in one place of each module, so that no two places understand it
/// differently: Java's `user.home` ignores `$HOME`, and nothing in Java expands a `~`.
class EnvironmentRuleTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lockstep");

  private static final Path ROOT = Path.of("..");

  @Test
  void oneClassOfEachModuleReadsTheEnvironment() {
    Map<String, TreeSet<String>> readers =
        CLASSES.stream()
            .filter(EnvironmentRuleTest::readsTheEnvironment)
            .collect(
                groupingBy(
                    EnvironmentRuleTest::module,
                    TreeMap::new,
                    mapping(JavaClass::getName, toCollection(TreeSet::new))));
    assertFalse(readers.isEmpty());
    readers.forEach((module, classes) -> assertEquals(1, classes.size(), module + ": " + classes));
  }

  private static boolean readsTheEnvironment(JavaClass type) {
    return type.getMethodCallsFromSelf().stream()
        .anyMatch(
            call ->
                call.getTargetOwner().isEquivalentTo(System.class)
                    && call.getName().equals("getenv"));
  }

  /// The file or directory that a class was read from.
  private static String module(JavaClass type) {
    String uri = type.getSource().orElseThrow().getUri().toString();
    return uri.substring(0, uri.lastIndexOf("/dev/lockstep/"));
  }

  @Test
  void theAccountsHomeDirectoryIsReadByOneClass() throws IOException {
    assertEquals(List.of("Environment.java"), sourcesThatName("\"user.home\""));
    assertEquals(List.of(), sourcesThatName("\"user.dir\""));
  }

  private static List<String> sourcesThatName(String property) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().contains("/src/main/java/"))
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> contains(file, property))
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.readString(file).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
