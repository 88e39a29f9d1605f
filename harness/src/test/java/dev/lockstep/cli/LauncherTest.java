package dev.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The launcher script, with a stand-in for the JDK that shows what it was started with.
@EnabledOnOs(value = OS.LINUX, disabledReason = "only there does Java read arguments by the locale")
class LauncherTest {
  @TempDir private Path home;
  private boolean hasHome = true;

  @Test
  void javaIsNeverStartedInTheCLocale() throws Exception {
    assertEquals("C.UTF-8", localeOfJava("C"));
    assertEquals("C.UTF-8", localeOfJava("POSIX"));
    assertEquals("C.UTF-8", localeOfJava("a-locale-that-is-not-installed"));
    assertEquals("C.UTF-8", localeOfJava("C.UTF-8"));
  }

  @Test
  void aJdkIsFoundWithoutAHomeDirectory() throws Exception {
    hasHome = false;
    assertEquals("C.UTF-8", localeOfJava("C.UTF-8"));
  }

  private String localeOfJava(String locale) throws Exception {
    Path launcher = home.resolve("lockstep");
    if (!Files.exists(launcher)) {
      Files.copy(Path.of("..", "lockstep"), launcher);
      Files.createDirectories(home.resolve("harness/target"));
      Files.createFile(home.resolve("harness/target/lockstep.stamp"));
      Files.createDirectories(home.resolve("jdk/bin"));
      Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
      script("jdk/bin/javac", "exit 1");
      script("jdk/bin/java", "printf %s \"$LC_ALL\"");
    }
    ProcessBuilder builder = new ProcessBuilder("bash", launcher.toString());
    builder.environment().put("LOCKSTEP_JAVA_HOME", home.resolve("jdk").toString());
    builder.environment().put("LC_ALL", locale);
    if (!hasHome) {
      builder.environment().remove("HOME");
    }
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return out;
  }

  private void script(String name, String body) throws IOException {
    Path file = home.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }
}
