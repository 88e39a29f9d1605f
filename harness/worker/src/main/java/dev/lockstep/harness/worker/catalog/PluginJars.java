package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.worker.error.UserError;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/// The jars that `--plugins` names.
///
/// @param all those that can be read, absolute, in the order of the command line
/// @param withBackends those of them that name backends; the others may be what these depend on
/// @param problems what is wrong with the others, a line each
record PluginJars(List<Path> all, List<Path> withBackends, List<String> problems) {

  /// @param plugins jars, or directories whose jars are taken
  /// @throws UserError if there is no such file or directory, or no worker could be given it
  static PluginJars of(List<Path> plugins) {
    List<Path> all = new ArrayList<>();
    List<Path> withBackends = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Path jar : named(plugins)) {
      requireNoSeparator(jar);
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        all.add(jar);
        if (zip.getEntry(PluginClassLoader.PROVIDERS) != null) {
          withBackends.add(jar);
        }
      } catch (IOException e) {
        problems.add(
            "%s is not a jar that can be read (%s); build it again, or leave it out"
                .formatted(jar, FileProblem.describe(e)));
      }
    }
    if (!plugins.isEmpty() && withBackends.isEmpty() && problems.isEmpty()) {
      problems.add(
          "no backend is in %s: a plugin's jar names its backends in %s"
              .formatted(
                  plugins.stream().map(Path::toString).collect(Collectors.joining(", ")),
                  PluginClassLoader.PROVIDERS));
    }
    return new PluginJars(all, withBackends, problems);
  }

  private static List<Path> named(List<Path> plugins) {
    List<Path> jars = new ArrayList<>();
    for (Path plugin : plugins) {
      if (Files.isDirectory(plugin)) {
        try (Stream<Path> files = Files.list(plugin)) {
          files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
        } catch (IOException e) {
          throw UserError.error(
              "the plugin directory %s cannot be read: %s"
                  .formatted(plugin, FileProblem.describe(e)),
              e);
        }
      } else if (Files.isRegularFile(plugin)) {
        jars.add(plugin);
      } else {
        throw UserError.usage("--plugins %s: no such jar or directory of jars".formatted(plugin));
      }
    }
    return jars.stream().map(Path::toAbsolutePath).distinct().toList();
  }

  private static void requireNoSeparator(Path jar) {
    if (jar.toString().contains(File.pathSeparator)) {
      throw UserError.usage(
          "--plugins %s: Java takes a '%s' in a class path for a separator, so no worker could find it; move or rename it"
              .formatted(jar, File.pathSeparator));
    }
  }
}
