package dev.lockstep.harness.worker;

import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.machine.JavaOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a worker's log says about its end, short enough for an error message.
///
/// @param log where several workers of a run may have written, one after the other
/// @param from where this worker's part begins
/// @param foreign whether it is not a JVM's
record LogExcerpt(Path log, long from, boolean foreign) {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_LINES = 2;
  private static final int MAX_CHARACTERS = 300;

  /// What a JVM says beside the reason.
  private static final Pattern NOISE =
      Pattern.compile(
          "(NOTE: )?Picked up .*"
              + "|Error: (Could not create the Java Virtual Machine|A fatal exception has occurred).*"
              + "|Error occurred during initialization of (VM|boot layer)"
              + "|WARNING: .*|.* VM warning: .*"
              + "|\\[.*\\]\\[(trace|debug|info|warning) *\\].*"
              + "|\\s+at .*");

  /// The lines of the JVM's own report of a crash that name the signal and the library.
  private static final Pattern CRASH =
      Pattern.compile("#\\s+((?:SIG|EXCEPTION_|Internal Error|Out of Memory|[CVJj] {2}\\[?).*)");

  /// The part that a worker will write that is started now.
  static LogExcerpt since(Path log, boolean foreign) {
    try {
      return new LogExcerpt(log, Files.exists(log) ? Files.size(log) : 0, foreign);
    } catch (IOException e) {
      return new LogExcerpt(log, 0, foreign);
    }
  }

  /// Why a program did not start: a JVM's first words, and the options that the environment gave to
  /// it; the last line of any other, where a script's error stands.
  String ofStart() {
    if (foreign) {
      return lastLine();
    }
    String reason =
        joined(lines().stream().filter(line -> !NOISE.matcher(line).matches()).toList());
    String environment = JavaOptions.ofEnvironment().describe();
    return environment.isEmpty() ? reason : reason + " (the environment has " + environment + ")";
  }

  private String lastLine() {
    List<String> lines = lines().stream().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "" : joined(List.of(lines.getLast()));
  }

  /// What the JVM reports of a crash in native code, empty for any other end; the last line of a
  /// program that is no JVM.
  String ofCrash() {
    if (foreign) {
      return lastLine();
    }
    return joined(
        lines().stream()
            .map(CRASH::matcher)
            .filter(Matcher::matches)
            .map(matcher -> matcher.group(1))
            .toList());
  }

  private static String joined(List<String> lines) {
    String text =
        lines.stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .limit(MAX_LINES)
            .collect(Collectors.joining("; "))
            .replaceAll("\\s+", " ");
    return text.length() > MAX_CHARACTERS ? text.substring(0, MAX_CHARACTERS) + "..." : text;
  }

  private List<String> lines() {
    try (FileChannel file = LocalFiles.read(log)) {
      InputStream own = Channels.newInputStream(file.position(from));
      return new String(own.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
