package dev.lockstep.harness.worker;

import dev.lockstep.api.Backend;
import dev.lockstep.harness.worker.catalog.PluginClassLoader;
import dev.lockstep.harness.worker.catalog.Providers;
import dev.lockstep.harness.worker.catalog.SpiVersion;
import dev.lockstep.oracle.OracleBackend;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// How a JVM that runs a backend finds it: among those of a plugin, if it was given one, else among
/// those of Lockstep.
public final class BackendLookup {
  private static final String PLUGIN = "lockstep.plugin";

  private BackendLookup() {}

  /// The flags that give a JVM a plugin.
  ///
  /// @param jars its own first; none for a backend of Lockstep
  static List<String> flags(List<Path> jars) {
    return jars.isEmpty()
        ? List.of()
        : List.of(
            "-D%s=%s"
                .formatted(
                    PLUGIN,
                    jars.stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator))));
  }

  /// The backend of this id. Providers that cannot be loaded, or are of another version of the SPI,
  /// are passed over: the parent has reported them. A plugin's libraries look for their services
  /// by the thread's context, so that is the plugin's from here on.
  public static Backend find(String id) {
    if (id.equals(OracleBackend.ID)) {
      return new OracleBackend();
    }
    ClassLoader loader = loader();
    Thread.currentThread().setContextClassLoader(loader);
    return find(id, loader);
  }

  static Backend find(String id, ClassLoader loader) {
    for (Backend backend : Providers.of(loader).backends()) {
      try {
        if (SpiVersion.problem(backend) == null && backend.id().equals(id)) {
          return backend;
        }
      } catch (RuntimeException | LinkageError e) {
        // Another provider may still be the one.
      }
    }
    throw new IllegalArgumentException("no backend '%s' in this worker".formatted(id));
  }

  private static ClassLoader loader() {
    String jars = System.getProperty(PLUGIN, "");
    if (jars.isEmpty()) {
      return BackendLookup.class.getClassLoader();
    }
    List<Path> paths = Arrays.stream(jars.split(File.pathSeparator)).map(Path::of).toList();
    return PluginClassLoader.of(paths.getFirst(), paths);
  }
}
