package dev.lockstep.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Nothing optional may be needed, and no skip may be silent: `.ci/run` tests the modules in which
/// something optional makes a difference twice, without and with it.
class SkipRuleTest {
  /// JUnit's own ways to skip, which would not be refused where the skip does not reach JUnit.
  private static final Pattern ANOTHER_WAY =
      Pattern.compile(
          "import (static )?org\\.(junit\\.jupiter\\.api\\.Assumptions|opentest4j\\.TestAborted)");

  /// A condition or a switch, up to what it is on.
  private static final Pattern SWITCH =
      Pattern.compile("(?s)\\n *@(Enabled|Disabled)(?!\\w*\\.).*?\\b(class|void|Stream<)");

  private static List<Source> testSources() throws IOException {
    List<Source> sources = Checkout.sources("test");
    assertTrue(sources.size() > 100);
    return sources;
  }

  @Test
  void testsAskThroughRequirement() throws IOException {
    assertEquals(
        List.of(),
        testSources().stream()
            .filter(source -> ANOTHER_WAY.matcher(source.text()).find())
            .map(Source::name)
            .filter(name -> !name.equals("RequirementTest.java"))
            .toList());
  }

  @Test
  void aSwitchedOffTestSaysWhy() throws IOException {
    assertEquals(
        List.of(),
        testSources().stream()
            .flatMap(source -> SWITCH.matcher(source.text()).results())
            .map(MatchResult::group)
            .filter(text -> !text.contains("disabledReason") && !text.contains("@Disabled(\""))
            .toList());
  }

  /// A published model is asked for too; its presence changes nothing but that test.
  @Test
  void aModuleThatAsksForSomethingOptionalIsTestedWithoutIt() throws IOException {
    String ci = Files.readString(Checkout.ROOT.resolve(".ci/run"));
    Pattern asks = Pattern.compile("Requirement\\s*\\.(require|condition)\\(\\s*(?!\"gpt2\")");
    List<String> modules =
        testSources().stream()
            .filter(source -> asks.matcher(source.text()).find())
            .map(Source::module)
            .filter(module -> !List.of("backend-tck", "gpu-kernels").contains(module))
            .distinct()
            .sorted()
            .toList();
    assertTrue(modules.size() >= 5, modules.toString());
    for (String module : modules) {
      assertTrue(ci.matches("(?s).*both_sides=(\\S*,)?" + module + "[,\\n].*"), module);
      String pom = Files.readString(Checkout.ROOT.resolve(module).resolve("pom.xml"));
      assertTrue(pom.contains("<skipTestsHere>false<"), module);
    }
  }
}
