package dev.lockstep.harness.architecture;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import dev.lockstep.harness.architecture.Checkout.Source;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What a user sets is read in one place of each module, so that no two places understand it
/// differently: Java's `user.home` ignores `$HOME`, and nothing in Java expands a `~`.
class EnvironmentRuleTest {
  private static final JavaClasses CLASSES = MainClasses.ALL;

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
    return Checkout.sources("main").stream()
        .filter(source -> source.text().contains(property))
        .map(Source::name)
        .sorted()
        .toList();
  }
}
