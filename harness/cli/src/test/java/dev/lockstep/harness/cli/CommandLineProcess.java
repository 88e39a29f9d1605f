package dev.lockstep.harness.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Runs the command line as a user does: in a process of its own.
final class CommandLineProcess {
  private static final int TIMEOUT_SECONDS = 240;
  private static final Set<String> JVM_VARIABLES =
      Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  /// Where the launcher would say that it lies.
  static final Path HOME = Path.of("a home").toAbsolutePath();

  private CommandLineProcess() {}

  /// What a command printed and how it ended.
  record Result(int exitCode, String out, String err) {}

  static ProcessBuilder command(String... arguments) {
    return command(Lockstep.class, arguments);
  }

  /// The same with another `main`.
  static ProcessBuilder command(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    // JMH allows one run at a time on a machine; for a test it does not matter.
    command.add("-Djmh.ignoreLock=true");
    command.add("-Dlockstep.home=" + HOME);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    // They might contradict the flags above, as the launcher would see.
    builder.environment().keySet().removeAll(JVM_VARIABLES);
    return builder;
  }

  static Result run(String... arguments) throws IOException, InterruptedException {
    return run(command(arguments));
  }

  static Result run(ProcessBuilder command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("lockstep-test", ".out");
    Path err = Files.createTempFile("lockstep-test", ".err");
    try {
      Process process = command.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("no end after " + TIMEOUT_SECONDS + " s");
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
