package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/// The classes of one plugin. What it brings along comes before what Lockstep has of the same name,
/// so that their dependencies do not meet; the SPI and the rest of Lockstep are shared. Two builds
/// of one backend have a loader each, and neither sees the other.
public final class PluginClassLoader extends URLClassLoader {
  static final String PROVIDERS = "META-INF/services/" + Backend.class.getName();

  static {
    registerAsParallelCapable();
  }

  private final List<Path> jars;

  private PluginClassLoader(List<Path> jars) {
    super(
        jars.stream().map(PluginClassLoader::url).toArray(URL[]::new),
        PluginClassLoader.class.getClassLoader());
    this.jars = List.copyOf(jars);
  }

  /// @param jar whose backends it loads
  /// @param beside jars that may hold what it depends on
  public static PluginClassLoader of(Path jar, List<Path> beside) {
    List<Path> jars = new ArrayList<>(List.of(jar.toAbsolutePath()));
    for (Path other : beside) {
      if (!jars.contains(other.toAbsolutePath())) {
        jars.add(other.toAbsolutePath());
      }
    }
    return new PluginClassLoader(jars);
  }

  /// The jars that a backend is loaded from, its own first; none for one that is part of Lockstep.
  public static List<Path> jarsOf(Backend backend) {
    return backend.getClass().getClassLoader() instanceof PluginClassLoader plugin
        ? plugin.jars
        : List.of();
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("no path of a file: " + jar, e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (isShared(name)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      try {
        return findClass(name);
      } catch (ClassNotFoundException e) {
        return super.loadClass(name, resolve);
      }
    }
  }

  private static boolean isShared(String name) {
    return name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("dev.lockstep.");
  }

  @Override
  public URL getResource(String name) {
    URL own = findResource(name);
    return own == null ? super.getResource(name) : own;
  }

  /// Which backends there are, the plugin's own jar says alone.
  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    if (!name.equals(PROVIDERS)) {
      return super.getResources(name);
    }
    String own = "jar:" + url(jars.getFirst()) + "!/";
    List<URL> found = new ArrayList<>();
    for (URL resource : Collections.list(findResources(name))) {
      if (resource.toString().startsWith(own)) {
        found.add(resource);
      }
    }
    return Collections.enumeration(found);
  }
}
