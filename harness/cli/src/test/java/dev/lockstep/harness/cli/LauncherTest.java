package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout;
import dev.lockstep.tck.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How the launcher starts Java in a checkout that is built.
@EnabledOnOs(value = OS.LINUX, disabledReason = "only there does Java read arguments by the locale")
@Tag("processes")
class LauncherTest {
  private static final String SERIAL = "-XX:+UseSerialGC";
  private static final String QUICK = "-XX:TieredStopAtLevel=1";
  private static final String ARCHIVE = "-XX:+AutoCreateSharedArchive";

  @TempDir private Path directory;
  private FakeCheckout checkout;

  @BeforeEach
  void makeCheckout() throws Exception {
    checkout = new FakeCheckout(directory.resolve("lockstep dir")).built();
  }

  private static void requireUtf8() {
    Requirement.require(
        "utf-8",
        "UTF-8".equals(System.getProperty("sun.jnu.encoding"))
            ? null
            : "without a UTF-8 locale Java cannot name such files");
  }

  private static void assertStarted(FakeCheckout.Result result) {
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("", result.err());
  }

  private static void assertRefused(String message, FakeCheckout.Result result) {
    assertEquals(1, result.exitCode(), result.out() + result.err());
    assertEquals("lockstep: " + message + "\n", result.err());
    assertEquals("", result.out());
  }

  @Test
  void javaIsNeverStartedInTheCLocale() throws Exception {
    for (String locale : List.of("C", "POSIX", "a-locale-that-is-not-installed", "C.UTF-8")) {
      FakeCheckout.Result result = checkout.with("LC_ALL", locale).start();
      assertTrue(result.out().contains("LC_ALL=C.UTF-8\n"), locale + ": " + result.out());
    }
  }

  @Test
  void aJdkIsFoundWithoutAHomeDirectory() throws Exception {
    assertStarted(checkout.without("HOME").start());
  }

  @Test
  void argumentsArriveAsTheyWereGiven() throws Exception {
    requireUtf8();
    List<String> words = List.of("two words", "*", "", "ümlaut 漢字 🙂", "$HOME", "-Dx=y", "@file");
    FakeCheckout.Result result = checkout.start(words.toArray(String[]::new));
    assertStarted(result);
    List<String> arguments = result.arguments();
    int main = arguments.indexOf("dev.lockstep.harness.cli.Lockstep");
    assertEquals(words, arguments.subList(main + 1, arguments.size()));
  }

  @Test
  void withoutAChoiceJavaIsStartedForAShortLife() throws Exception {
    FakeCheckout.Result result = checkout.start();
    assertStarted(result);
    assertTrue(result.arguments().containsAll(List.of(SERIAL, QUICK, ARCHIVE)), result.out());
    String workers = "-Dlockstep.archives=" + checkout.home().resolve("harness/cli/target");
    assertTrue(result.arguments().contains(workers), result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})
  void aCollectorThatTheEnvironmentChoosesIsTheOnlyOne(String variable) throws Exception {
    for (String collector : List.of("G1", "Z", "Parallel", "Serial", "Shenandoah")) {
      FakeCheckout.Result result =
          checkout.with(variable, "-Xlog:gc '-XX:+Use" + collector + "GC' -Da=*").start();
      assertStarted(result);
      assertFalse(result.arguments().contains(SERIAL), collector);
      assertTrue(result.arguments().contains(QUICK), collector);
    }
  }

  @Test
  void aCollectorInAFileThatTheEnvironmentNamesIsTheOnlyOne() throws Exception {
    Path file = Files.writeString(directory.resolve("options"), "-Xmx1g\n-XX:+UseG1GC\n");
    assertFalse(checkout.with("JDK_JAVA_OPTIONS", "@" + file).start().arguments().contains(SERIAL));
    assertFalse(
        checkout
            .without("JDK_JAVA_OPTIONS")
            .with("JAVA_TOOL_OPTIONS", "-XX:VMOptionsFile=" + file)
            .start()
            .arguments()
            .contains(SERIAL));
  }

  @Test
  void theEnvironmentsCompilerAndArchiveReplaceOurs() throws Exception {
    for (String choice : List.of("-XX:TieredStopAtLevel=4", "-Xint", "-XX:-TieredCompilation")) {
      assertFalse(
          checkout.with("JAVA_TOOL_OPTIONS", choice).start().arguments().contains(QUICK), choice);
    }
    for (String choice :
        List.of("-Xshare:off", "-XX:AOTCache=/tmp/x.aot", "-XX:ArchiveClassesAtExit=/tmp/x.jsa")) {
      assertFalse(
          checkout.with("JAVA_TOOL_OPTIONS", choice).start().arguments().contains(ARCHIVE), choice);
    }
  }

  @Test
  void whatTheEnvironmentSaysBesideChangesNothing() throws Exception {
    String options = "-Xmx2g -Dfile.encoding=UTF-8 -verbose:class -XX:ActiveProcessorCount=2";
    for (String variable : List.of("JAVA_TOOL_OPTIONS", "JAVA_OPTS")) {
      List<String> arguments = checkout.with(variable, options).start().arguments();
      assertTrue(arguments.containsAll(List.of(SERIAL, QUICK, ARCHIVE)), arguments.toString());
    }
  }

  @Test
  void aJavaHomeOfOursThatDoesNotDoIsNamed() throws Exception {
    String remedy = "set it to the directory of a JDK 25 or newer, or unset it";
    assertRefused(
        "LOCKSTEP_JAVA_HOME=/nonexistent: there is no such directory; " + remedy,
        checkout.with("LOCKSTEP_JAVA_HOME", "/nonexistent").start());
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertRefused(
        "LOCKSTEP_JAVA_HOME=%s: it holds no JDK (bin/javac is missing); %s"
            .formatted(empty, remedy),
        checkout.with("LOCKSTEP_JAVA_HOME", empty.toString()).start());
    Path old = checkout.jdk(directory.resolve("old"), "17.0.2");
    assertRefused(
        "LOCKSTEP_JAVA_HOME=%s: it is a JDK 17; %s".formatted(old, remedy),
        checkout.with("LOCKSTEP_JAVA_HOME", old.toString()).start());
  }

  @Test
  void aJavaHomeForOtherProgramsMayBeTooOld() throws Exception {
    Path old = checkout.jdk(directory.resolve("old"), "17.0.2");
    assertStarted(checkout.with("JAVA_HOME", old.toString()).start());
    assertStarted(checkout.with("JAVA_HOME", "/nonexistent").start());
  }

  @ParameterizedTest
  @ValueSource(strings = {"spaces in it", "ümlaut", "漢字 🙂", "*", "%p", "a;b", "q\"uo'te"})
  void theCheckoutMayLieAnywhere(String name) throws Exception {
    requireUtf8();
    FakeCheckout there = new FakeCheckout(directory.resolve(name)).built();
    FakeCheckout.Result result = there.with("LC_ALL", "C").start();
    assertStarted(result);
    assertTrue(
        result.arguments().contains(there.home() + "/harness/cli/target/lib/*"), result.out());
  }

  @Test
  void aColonInTheCheckoutsPathIsNamed() throws Exception {
    FakeCheckout there = new FakeCheckout(directory.resolve("2026-11-28T10:00")).built();
    assertRefused(
        "Java takes a colon in a class path for a separator, so Lockstep cannot run in %s; move or rename that directory"
            .formatted(there.home()),
        there.start());
  }

  @Test
  void theLauncherSaysHowItWasCalled() throws Exception {
    assertTrue(checkout.start().arguments().contains("-Dlockstep.command=./lockstep"));
    assertTrue(
        checkout
            .startAs("bash", "lockstep")
            .arguments()
            .contains("-Dlockstep.command=" + checkout.home() + "/lockstep"));
  }

  @Test
  void aRepositoryAroundTheCheckoutIsNotItsOwn() throws Exception {
    checkout.script("bin/git", "echo of-another-repository");
    assertTrue(checkout.start().arguments().contains("-Dlockstep.revision="));
    Files.createDirectory(checkout.home().resolve(".git"));
    assertTrue(checkout.start().arguments().contains("-Dlockstep.revision=of-another-repository"));
  }

  @Test
  void anArchiveOfTheSourcesKnowsItsCommit() throws Exception {
    assertTrue(
        checkout.archivedAs("9dae7d1").start().arguments().contains("-Dlockstep.revision=9dae7d1"));
    assertEquals(
        "lockstep export-subst\n", Files.readString(Checkout.ROOT.resolve(".gitattributes")));
  }

  @Test
  void aBundleBringsItsOwnRuntimeAndCommit() throws Exception {
    Path bundle = directory.resolve("lockstep-gpu");
    FakeCheckout there = new FakeCheckout(bundle);
    there.jdk(bundle.resolve("runtime"), "25");
    Files.writeString(bundle.resolve("revision"), "abc1234\n");
    FakeCheckout.Result result =
        there.without("LOCKSTEP_CACHE").with("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC").start();
    assertStarted(result);
    assertTrue(result.arguments().contains(bundle + "/lib/*"), result.out());
    assertTrue(result.arguments().contains("-Dlockstep.revision=abc1234"), result.out());
    assertFalse(result.arguments().contains(SERIAL), result.out());
    assertTrue(result.out().contains("LOCKSTEP_CACHE=" + bundle + "/cache\n"), result.out());
  }

  /// As what is unpacked from a release: jars, no sources, nothing that a JDK has made yet.
  private void makeRelease() throws Exception {
    Files.delete(checkout.home().resolve("pom.xml"));
    Files.createDirectories(checkout.home().resolve("lib"));
    Files.writeString(checkout.home().resolve("revision"), "1234abc\n");
  }

  @Test
  void aReleaseMakesItsClassArchivesOnceForEachJdk() throws Exception {
    makeRelease();
    Path home = checkout.home();
    for (String jdk : List.of("jdk", "another")) {
      checkout.with("LOCKSTEP_JAVA_HOME", checkout.jdk(home.resolve(jdk), "25.0.3").toString());
      FakeCheckout.Result first = checkout.start("--version");
      assertEquals(0, first.exitCode(), first.err());
      assertTrue(first.err().startsWith("lockstep: the first start with " + home.resolve(jdk)));
      FakeCheckout.Result second = checkout.start("--version");
      assertStarted(second);
      List<String> arguments = second.arguments();
      assertEquals(home + "/lib/*", arguments.get(arguments.indexOf("-cp") + 1));
      assertTrue(arguments.contains("-Dlockstep.archives=" + home), arguments.toString());
      assertTrue(arguments.contains("-Dlockstep.revision=1234abc"), arguments.toString());
    }
  }

  @Test
  void aLauncherAloneSaysWhatItMisses() throws Exception {
    Files.delete(checkout.home().resolve("pom.xml"));
    FakeCheckout.Result result = checkout.start("--version");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("holds neither Lockstep's sources nor a release"));
  }
}
