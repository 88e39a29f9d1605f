package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// A directory with the real launcher, a stand-in for the JDK that shows what it was started with,
/// and no sources.
final class FakeCheckout {
  private static final List<String> MEANT_FOR_JAVA =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_HOME");

  private final Path home;
  private final Map<String, @Nullable String> environment = new HashMap<>();

  FakeCheckout(Path home) throws IOException {
    this.home = Files.createDirectories(home).toRealPath();
    Files.copy(Checkout.ROOT.resolve("lockstep"), home.resolve("lockstep"));
    archivedAs("$Format:%h$");
    with("LOCKSTEP_JAVA_HOME", jdk(home.resolve("jdk"), "25.0.3").toString());
    Files.createDirectories(home.resolve("bin"));
    Files.copy(Checkout.ROOT.resolve("pom.xml"), home.resolve("pom.xml"));
    for (String module : Checkout.modules()) {
      Files.createDirectories(home.resolve(module).resolve("src/main"));
      Files.createFile(home.resolve(module).resolve("pom.xml"));
    }
    MEANT_FOR_JAVA.forEach(this::without);
  }

  /// What a start printed and how it ended.
  ///
  /// @param out of the stand-in: an argument a line, then the environment
  record Result(int exitCode, String out, String err) {
    /// What Java was started with, its own flags first.
    List<String> arguments() {
      return out.lines()
          .filter(line -> line.startsWith("argument "))
          .map(line -> line.substring("argument ".length()))
          .toList();
    }
  }

  Path home() {
    return home;
  }

  /// Pretends that everything is built.
  FakeCheckout built() throws IOException {
    Files.createDirectories(home.resolve("harness/cli/target"));
    Files.createFile(home.resolve("harness/cli/target/lockstep.stamp"));
    return this;
  }

  /// Makes a stand-in for a JDK.
  Path jdk(Path directory, String version) throws IOException {
    Files.createDirectories(directory.resolve("bin"));
    Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(directory.resolve("bin/javac"), "exit 1");
    script(directory.resolve("bin/java"), "printf 'argument %s\\n' \"$@\"; env");
    return directory;
  }

  /// Adds a program to the checkout's `bin`, which comes first on the PATH.
  void script(String name, String body) throws IOException {
    script(home.resolve(name), body);
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  FakeCheckout with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  FakeCheckout without(String variable) {
    environment.put(variable, null);
    return this;
  }

  /// What `git archive` has made of the place where it writes the commit. The tests may themselves
  /// run in an archive, in which it is filled in already.
  FakeCheckout archivedAs(String revision) throws IOException {
    Path launcher = home.resolve("lockstep");
    String text = Files.readString(launcher);
    String place = "(?m)^archived_revision='.*'$";
    String filled = Matcher.quoteReplacement("archived_revision='" + revision + "'");
    Files.writeString(launcher, text.replaceFirst(place, filled));
    return this;
  }

  /// Calls the launcher as README does.
  Result start(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("./lockstep"));
    command.addAll(List.of(arguments));
    return startAs(command.toArray(String[]::new));
  }

  Result startAs(String... command) throws Exception {
    Path out = Files.createTempFile(home, "start", ".out");
    Path err = Files.createTempFile(home, "start", ".err");
    Process process =
        process(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  ProcessBuilder process(String... command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    Map<String, String> variables = builder.environment();
    environment.forEach(
        (name, value) -> {
          if (value == null) {
            variables.remove(name);
          } else {
            variables.put(name, value);
          }
        });
    variables.put("PATH", home.resolve("bin") + ":" + variables.get("PATH"));
    return builder;
  }
}
