package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.tck.Requirement;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// How the launcher builds a checkout that is not built, with a stand-in for Maven.
@EnabledOnOs(value = OS.LINUX, disabledReason = "the launcher is tested where it is used most")
@Tag("processes")
class LauncherBuildTest {
  private static final String BEGIN = "lockstep: building; this happens once";

  @TempDir private Path directory;
  private FakeCheckout checkout;

  @BeforeEach
  void makeCheckout() throws Exception {
    checkout = new FakeCheckout(directory.resolve("checkout"));
    maven("");
  }

  /// Counts its starts in `builds`.
  private void maven(String body) throws Exception {
    checkout.script("bin/mvn", "echo started >> builds\n" + body);
  }

  private List<String> builds() throws Exception {
    Path file = checkout.home().resolve("builds");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  @Test
  void whatIsMissingIsBuiltOnce() throws Exception {
    FakeCheckout.Result first = checkout.start();
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().startsWith(BEGIN), first.err());
    FakeCheckout.Result second = checkout.start();
    assertEquals(0, second.exitCode(), second.err());
    assertEquals("", second.err());
    assertEquals(List.of("started"), builds());
  }

  /// Else old code would run without a word.
  @Test
  void aChangeInAModuleAtAnyDepthIsBuilt() throws Exception {
    checkout.built();
    int changes = 0;
    for (String module : List.of("api", "harness/diagnosis")) {
      for (String file : List.of("pom.xml", "src/main/Changed.java")) {
        FileTime later = FileTime.from(Instant.now().plusSeconds(10));
        Path changed = checkout.home().resolve(module).resolve(file);
        Files.writeString(changed, "");
        Files.setLastModifiedTime(changed, later);
        checkout.start();
        assertEquals(++changes, builds().size(), changed.toString());
        Files.setLastModifiedTime(changed, FileTime.from(Instant.EPOCH));
      }
    }
  }

  @Test
  void aBuildTellsWhichModuleItIsAt() throws Exception {
    maven(
        """
        echo '[INFO] Scanning for projects...'
        echo 'Downloading from central: https://repo.example/a.jar'
        sleep 2
        echo '[INFO] Building Lockstep API 0.1.0-SNAPSHOT                              [2/14]'
        sleep 2
        echo '[INFO] Building jar: /a/b.jar'
        echo '[INFO] Building Lockstep backend: KV cache 0.1.0-SNAPSHOT               [10/14]'
        sleep 2
        """);
    String said = checkout.start().err();
    assertTrue(said.matches("(?s).*lockstep: building, \\d s: downloading libraries\n.*"), said);
    assertTrue(said.matches("(?s).*lockstep: building, \\d s: 2 of 14, Lockstep API\n.*"), said);
    assertTrue(
        said.matches("(?s).*lockstep: building, \\d s: 10 of 14, Lockstep backend: KV cache\n.*"),
        said);
    assertTrue(
        said.matches("(?s).*lockstep: building, \\d+ s: class archives of the workers\n"), said);
  }

  @Test
  void aBuildThatFailsShowsItsErrors() throws Exception {
    maven("echo '[INFO] noise'; echo '[ERROR] no compiler'; echo '[INFO] more noise'; exit 1");
    FakeCheckout.Result result = checkout.start();
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("\n[ERROR] no compiler\nlockstep: the build failed"));
    assertFalse(result.err().contains("noise"), result.err());
    assertTrue(Files.notExists(checkout.home().resolve("harness/cli/target/lockstep.stamp")));
  }

  @Test
  void withoutMavenThatIsSaid() throws Exception {
    Files.delete(checkout.home().resolve("bin/mvn"));
    for (String tool : List.of("bash", "dirname", "readlink", "sed", "mkdir", "find", "cat")) {
      checkout.script("bin/" + tool, "exec /usr/bin/" + tool + " \"$@\"");
    }
    FakeCheckout.Result result =
        checkout.startAs("/bin/bash", "-c", "PATH=" + checkout.home() + "/bin; ./lockstep");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().startsWith("lockstep: Maven is needed to build"), result.err());
  }

  /// Root may write anywhere, so what is in the way here is a file.
  @Test
  void aCheckoutThatCannotBeWrittenSaysThatItIsNotBuilt() throws Exception {
    Files.writeString(checkout.home().resolve("target"), "");
    FakeCheckout.Result result = checkout.start();
    assertEquals(1, result.exitCode());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(
        result
            .err()
            .startsWith(
                "lockstep: %s must be built before it can run, and nothing can be written there ("
                    .formatted(checkout.home())),
        result.err());
    assertEquals(List.of(), builds());
  }

  @Test
  void aCheckoutThatIsBuiltNeedNotBeWritten() throws Exception {
    checkout.start();
    Files.delete(checkout.home().resolve("target/lockstep-build.lock"));
    Files.delete(checkout.home().resolve("target/lockstep-build.log"));
    Files.delete(checkout.home().resolve("target"));
    Files.writeString(checkout.home().resolve("target"), "");
    assertEquals("", checkout.start().err());
  }

  @Test
  void ofTwoStartsAtOnceOneBuildsAndTheOtherWaits() throws Exception {
    Requirement.require(
        "flock", Files.exists(Path.of("/usr/bin/flock")) ? null : "there is no /usr/bin/flock");
    maven("while [ ! -e go ]; do sleep 0.1; done");
    Process first = start();
    await("builds");
    Process second = start();
    try (BufferedReader said = second.errorReader()) {
      assertEquals("lockstep: waiting for another start, which is building ...", said.readLine());
      Files.createFile(checkout.home().resolve("go"));
      assertTrue(second.waitFor(1, TimeUnit.MINUTES));
      assertTrue(first.waitFor(1, TimeUnit.MINUTES));
    }
    assertEquals(0, first.exitValue());
    assertEquals(0, second.exitValue());
    assertEquals(List.of("started"), builds());
  }

  @Test
  void aStartThatIsInterruptedEndsItsBuild() throws Exception {
    maven("echo $$ > maven.pid; exec sleep 300");
    Process launcher = start();
    await("maven.pid");
    long maven = Long.parseLong(Files.readString(checkout.home().resolve("maven.pid")).strip());
    // Process.destroy would close the pipe to it as well, and its next line would end it first.
    launcher.toHandle().destroy();
    assertTrue(launcher.waitFor(1, TimeUnit.MINUTES));
    assertEquals(130, launcher.exitValue());
    var process = ProcessHandle.of(maven);
    if (process.isPresent()) {
      process.get().onExit().get(1, TimeUnit.MINUTES);
    }
    assertTrue(Files.notExists(checkout.home().resolve("harness/cli/target/lockstep.stamp")));
  }

  private Process start() throws Exception {
    return checkout.process("./lockstep").redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private void await(String file) throws Exception {
    Path path = checkout.home().resolve(file);
    for (int i = 0; i < 600 && (Files.notExists(path) || Files.size(path) == 0); i++) {
      Thread.sleep(100);
    }
    assertTrue(Files.exists(path), file);
  }
}
