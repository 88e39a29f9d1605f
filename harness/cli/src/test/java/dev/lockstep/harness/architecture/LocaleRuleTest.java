package dev.lockstep.harness.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the project writes is read by compilers, servers, scripts and `--resume`, so no format
/// follows the user's locale. Error Prone finds formats in every source, at compile time; what it
/// does not know is found here.
class LocaleRuleTest {
  private static final JavaClasses CLASSES = MainClasses.ALL;

  /// Methods and constructors that take the default locale unless they are given one.
  private static final Map<String, Set<String>> TAKE_A_LOCALE =
      Map.ofEntries(
          Map.entry("java.lang.String", Set.of("format", "toLowerCase", "toUpperCase")),
          Map.entry("java.io.PrintStream", Set.of("format", "printf")),
          Map.entry("java.io.PrintWriter", Set.of("format", "printf")),
          Map.entry("java.io.Console", Set.of("format", "printf", "readLine")),
          Map.entry("java.util.Formatter", Set.of("<init>")),
          Map.entry("java.util.ResourceBundle", Set.of("getBundle")),
          Map.entry("java.text.MessageFormat", Set.of("<init>", "format")),
          Map.entry("java.text.DecimalFormat", Set.of("<init>")),
          Map.entry("java.text.SimpleDateFormat", Set.of("<init>")),
          Map.entry(
              "java.text.NumberFormat",
              Set.of(
                  "getInstance",
                  "getNumberInstance",
                  "getIntegerInstance",
                  "getPercentInstance",
                  "getCurrencyInstance",
                  "getCompactNumberInstance")),
          Map.entry(
              "java.text.DateFormat",
              Set.of("getInstance", "getDateInstance", "getTimeInstance", "getDateTimeInstance")),
          Map.entry("java.text.Collator", Set.of("getInstance")),
          Map.entry("java.text.BreakIterator", Set.of("getWordInstance", "getLineInstance")),
          Map.entry("java.time.format.DateTimeFormatter", Set.of("ofPattern")),
          Map.entry("java.time.format.DateTimeFormatterBuilder", Set.of("toFormatter")));

  /// What follows the default locale whatever it is given.
  private static final Map<String, Set<String>> NEVER =
      Map.of(
          "java.util.Locale", Set.of("getDefault"),
          "java.util.Scanner", Set.of("<init>"),
          "java.time.format.DateTimeFormatter",
              Set.of("ofLocalizedDate", "ofLocalizedTime", "ofLocalizedDateTime"));

  private static boolean followsTheDefaultLocale(JavaCall<?> call) {
    String owner = call.getTargetOwner().getName();
    String name = call.getTarget().getName().replace("newInstance", "<init>");
    if (NEVER.getOrDefault(owner, Set.of()).contains(name)) {
      return true;
    }
    List<String> parameters =
        call.getTarget().getRawParameterTypes().stream().map(JavaClass::getName).toList();
    return TAKE_A_LOCALE.getOrDefault(owner, Set.of()).contains(name)
        && !parameters.contains(Locale.class.getName());
  }

  @Test
  void nothingFollowsTheDefaultLocale() {
    noClasses()
        .should()
        .callCodeUnitWhere(
            describe("follows the default locale", LocaleRuleTest::followsTheDefaultLocale))
        .check(CLASSES);
  }

  /// A rule that finds nothing anywhere would pass.
  @Test
  void theRuleFindsWhatItIsFor() {
    JavaClasses planted = new ClassFileImporter().importClasses(Planted.class);
    List<String> found =
        planted.get(Planted.class).getCodeUnitCallsFromSelf().stream()
            .filter(LocaleRuleTest::followsTheDefaultLocale)
            .map(call -> call.getTarget().getName())
            .sorted()
            .toList();
    assertEquals(List.of("<init>", "<init>", "format", "getDefault", "toLowerCase"), found);
  }

  @SuppressWarnings({"DefaultLocale", "StringCaseLocaleUsage"})
  private static final class Planted {
    static String all(int number) {
      String right = String.format(Locale.ROOT, "%d", number).toLowerCase(Locale.ROOT);
      try (Formatter formatter = new Formatter();
          Scanner scanner = new Scanner(right)) {
        return right.toLowerCase()
            + String.format("%d", number)
            + formatter
            + scanner.next()
            + Locale.getDefault();
      }
    }
  }

  /// `"%d".formatted(n)` and its kind cannot be told from `"%s".formatted(text)` in a class file;
  /// Error Prone can.
  @ParameterizedTest
  @ValueSource(strings = {"-Xep:DefaultLocale:ERROR", "-Xep:StringCaseLocaleUsage:ERROR"})
  void errorProneFindsFormatsAtCompileTime(String check) throws IOException {
    String pom = Files.readString(Checkout.ROOT.resolve("pom.xml"));
    assertTrue(pom.contains(check), check);
    assertFalse(pom.contains("-XepDisableAllChecks") || pom.contains("-XepAllErrorsAsWarnings"));
  }

  @Test
  void noSourceSwitchesTheCheckOff() throws IOException {
    List<Path> switched =
        Checkout.sources("main").stream()
            .filter(source -> switchesOff(source.text()))
            .map(Checkout.Source::file)
            .toList();
    assertEquals(List.of(), switched);
  }

  private static boolean switchesOff(String source) {
    // A reference to a method is no call, and Error Prone passes it over.
    return source.contains("\"DefaultLocale\"")
        || source.contains("\"StringCaseLocaleUsage\"")
        || source.matches("(?s).*::(formatted|format|printf|toLowerCase|toUpperCase)\\b.*");
  }
}
