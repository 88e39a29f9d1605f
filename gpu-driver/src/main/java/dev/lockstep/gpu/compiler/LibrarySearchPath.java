package dev.lockstep.gpu.compiler;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The part of a machine in which libraries are looked for.
///
/// @param root what absolute patterns are resolved against: `/`
/// @param environment the environment variables
/// @param properties the value of a system property, or null
record LibrarySearchPath(
    Path root, Map<String, String> environment, UnaryOperator<@Nullable String> properties) {

  /// Those of this process.
  static LibrarySearchPath ofThisProcess() {
    return new LibrarySearchPath(Path.of("/"), System.getenv(), System::getProperty);
  }

  /// A variable, or null if it is unset or empty.
  @Nullable String variable(String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /// The files and directories that an absolute pattern fits, with `*` inside names, those that
  /// sort last first: of `cuda-12.4` and `cuda-12.6` the newer.
  List<Path> matching(String pattern) {
    List<Path> matches = List.of(root);
    for (String name : pattern.split("/", -1)) {
      if (name.isEmpty()) {
        continue;
      }
      List<Path> deeper = new ArrayList<>();
      matches.forEach(directory -> deeper.addAll(children(directory, name)));
      matches = deeper;
    }
    return matches;
  }

  private static List<Path> children(Path directory, String name) {
    if (!name.contains("*")) {
      Path child = directory.resolve(name);
      return Files.exists(child) ? List.of(child) : List.of();
    }
    List<Path> children = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, name)) {
        stream.forEach(children::add);
      } catch (IOException | DirectoryIteratorException e) {
        return List.of(); // a directory that cannot be read holds nothing for us
      }
    }
    children.sort(Comparator.reverseOrder());
    return children;
  }

  /// Every pattern of a directory in which this machine's Pythons keep packages: those of an active
  /// environment, of the `python3` on the path, of the user, of the system.
  List<String> pythonPackages() {
    List<String> prefixes = new ArrayList<>();
    for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String prefix = variable(name);
      if (prefix != null) {
        prefixes.add(prefix);
      }
    }
    String path = variable("PATH");
    for (String entry : path == null ? new String[0] : path.split(":", -1)) {
      Path bin = root.resolve(entry.startsWith("/") ? entry.substring(1) : entry);
      if (!entry.isEmpty() && Files.exists(bin.resolve("python3")) && entry.endsWith("/bin")) {
        prefixes.add(entry.substring(0, entry.length() - "/bin".length()));
      }
    }
    String home = variable("HOME");
    if (home != null) {
      prefixes.add(home + "/.local");
    }
    prefixes.addAll(List.of("/usr/local", "/usr", "/opt/conda"));
    List<String> packages = new ArrayList<>();
    for (String prefix : prefixes.stream().distinct().toList()) {
      packages.add(prefix + "/lib/python3*/site-packages");
      packages.add(prefix + "/lib64/python3*/site-packages"); // Red Hat's, for native code
      packages.add(prefix + "/lib/python3*/dist-packages");
    }
    return packages;
  }
}
