package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout;
import dev.lockstep.harness.worker.JavaWorker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of `TMPDIR`, with a stand-in for the JDK that shows its arguments.
class LauncherTemporaryDirectoryTest {
  private static final String PROPERTY = "-Djava.io.tmpdir=";

  @TempDir private Path home;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void create() throws IOException {
    Files.copy(Checkout.ROOT.resolve("lockstep"), home.resolve("lockstep"));
    Files.createFile(home.resolve("pom.xml")); // a checkout
    Files.createDirectories(home.resolve("harness/cli/target"));
    Files.createFile(home.resolve("harness/cli/target/lockstep.stamp"));
    Files.createDirectories(home.resolve("jdk/bin"));
    Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    script("jdk/bin/javac", "exit 1");
    script("jdk/bin/java", "printf '%s\\n' \"$@\"");
  }

  private void script(String name, String body) throws IOException {
    Path file = home.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  /// The launcher's output, and its exit status as the last line.
  private List<String> start() throws Exception {
    ProcessBuilder builder = new ProcessBuilder("bash", home.resolve("lockstep").toString());
    builder.environment().keySet().removeAll(List.of("TMPDIR", "JAVA_TOOL_OPTIONS"));
    builder.environment().put("LOCKSTEP_JAVA_HOME", home.resolve("jdk").toString());
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return (out + process.exitValue()).lines().toList();
  }

  @Test
  void javaTakesTheTemporaryDirectoryOfTheEnvironment() throws Exception {
    Path directory = Files.createDirectories(home.resolve("with a space"));
    environment.put("TMPDIR", directory.toString());
    assertTrue(start().contains(PROPERTY + directory), start().toString());
  }

  @Test
  void withoutTheVariableJavaChooses() throws Exception {
    assertTrue(start().stream().noneMatch(line -> line.startsWith(PROPERTY)), start().toString());
    environment.put("TMPDIR", "");
    assertTrue(start().stream().noneMatch(line -> line.startsWith(PROPERTY)), start().toString());
  }

  @Test
  void anOptionForJavaOutweighsTheVariable() throws Exception {
    environment.put("TMPDIR", home.toString());
    environment.put("JAVA_TOOL_OPTIONS", "-Xmx1g -Djava.io.tmpdir=/other");
    assertTrue(start().stream().noneMatch(line -> line.startsWith(PROPERTY)), start().toString());
  }

  @Test
  void aTemporaryDirectoryThatDoesNotExistIsNamed() throws Exception {
    environment.put("TMPDIR", home.resolve("none").toString());
    List<String> out = start();
    String message = out.get(out.size() - 2);
    assertTrue(
        message.startsWith("lockstep: TMPDIR is '" + home.resolve("none") + "'"), out.toString());
    assertEquals("1", out.getLast());
    assertFalse(out.toString().contains(PROPERTY), out.toString());
  }

  @Test
  void workersHaveTheSameTemporaryDirectory() {
    List<String> flags = JavaWorker.flags(List.of("-Djava.io.tmpdir=/mine"), List.of());
    String own = PROPERTY + System.getProperty("java.io.tmpdir");
    assertTrue(flags.indexOf(own) >= 0, flags.toString());
    assertTrue(flags.indexOf(own) < flags.indexOf("-Djava.io.tmpdir=/mine"), flags.toString());
  }
}
