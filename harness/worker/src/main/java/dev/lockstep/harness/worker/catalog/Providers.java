package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.model.format.OneLine;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/// The backends that a class loader provides.
///
/// @param backends those that could be made
/// @param problems what is wrong with the others, a line each
public record Providers(List<Backend> backends, List<String> problems) {

  /// Makes them all; one that cannot be made is a problem of its own.
  public static Providers of(ClassLoader loader) {
    List<Backend> backends = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Iterator<Backend> providers = ServiceLoader.load(Backend.class, loader).iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          return new Providers(backends, problems);
        }
        backends.add(providers.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        problems.add(OneLine.of(rootMessage(e) + SpiVersion.hint(e)));
      }
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return e.getCause() == null ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + root;
  }
}
