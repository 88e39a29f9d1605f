package dev.lockstep.harness.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The project's own files, as the tests of its rules read them.
public final class Checkout {
  /// Maven runs a module's tests in the module's directory.
  public static final Path ROOT = Path.of("..", "..");

  private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");

  private Checkout() {}

  /// The modules' directories, relative to the root, in the order of the root's POM.
  public static List<String> modules() throws IOException {
    return MODULE
        .matcher(Files.readString(ROOT.resolve("pom.xml")))
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  /// A Java source and the module that it is in.
  public record Source(String module, Path file, String text) {
    public String name() {
      return file.getFileName().toString();
    }
  }

  /// The sources of all modules.
  ///
  /// @param kind `main` or `test`
  public static List<Source> sources(String kind) throws IOException {
    List<Source> sources = new ArrayList<>();
    for (String module : modules()) {
      Path directory = ROOT.resolve(module).resolve("src").resolve(kind).resolve("java");
      if (Files.isDirectory(directory)) {
        for (Path file : files(directory, ".*\\.java")) {
          sources.add(new Source(module, file, Files.readString(file)));
        }
      }
    }
    return sources;
  }

  /// The files below a directory whose path matches a pattern.
  static List<Path> files(Path directory, String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().matches(pattern)).sorted().toList();
    }
  }
}
