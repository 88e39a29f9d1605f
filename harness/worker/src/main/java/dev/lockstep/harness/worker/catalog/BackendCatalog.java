package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineBackend;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.Nearest;
import dev.lockstep.model.format.OneLine;
import dev.lockstep.oracle.OracleBackend;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// Every backend that [ServiceLoader] finds on the class path and in the plugin jars.
public final class BackendCatalog {
  private static final Pattern ID = Pattern.compile("[a-z0-9-]+");

  /// The order in which the stages of the roadmap are shown; other backends follow by name.
  private static final List<String> STAGES =
      List.of("naive", "kvcache", "simd", "opencl", "cuda", "hip");

  private static final Gpt2Config SMALLEST = new Gpt2Config(1, 1, 1, 1, 1, 1e-5);

  private static final String PROVIDERS = "META-INF/services/" + Backend.class.getName();

  private final Map<String, Backend> backends;
  private final List<String> problems;
  private final List<Path> pluginJars;

  private BackendCatalog(
      Map<String, Backend> backends, List<String> problems, List<Path> pluginJars) {
    this.backends = backends;
    this.problems = List.copyOf(problems);
    this.pluginJars = List.copyOf(pluginJars);
  }

  /// @param plugins jars, or directories whose jars are taken
  /// @throws UserError if a plugin path does not exist, an id is illegal, or two backends share one
  public static BackendCatalog load(List<Path> plugins) {
    List<Path> jars = jars(plugins);
    ClassLoader loader =
        jars.isEmpty()
            ? BackendCatalog.class.getClassLoader()
            : new URLClassLoader(
                jars.stream().map(BackendCatalog::url).toArray(URL[]::new),
                BackendCatalog.class.getClassLoader());
    Map<String, Backend> backends = new TreeMap<>(BackendCatalog::stageOrder);
    List<String> problems = new ArrayList<>();
    Iterator<Backend> providers = ServiceLoader.load(Backend.class, loader).iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          return new BackendCatalog(backends, problems, jars);
        }
        Backend backend = providers.next();
        String problem = selfDescriptionProblem(backend);
        if (problem == null) {
          register(backends, backend);
        } else {
          problems.add(problem);
        }
      } catch (ServiceConfigurationError | LinkageError e) {
        problems.add(OneLine.of(rootMessage(e) + SpiVersion.hint(e)));
      }
    }
  }

  /// The same, and engines.
  ///
  /// @throws UserError if an id is illegal, or two share one
  public BackendCatalog withEngines(List<Engine> engines) {
    Map<String, Backend> more = new TreeMap<>(BackendCatalog::stageOrder);
    more.putAll(backends);
    engines.forEach(engine -> register(more, new EngineBackend(engine)));
    return new BackendCatalog(more, problems, pluginJars);
  }

  /// A catalogue of these backends and no others.
  public static BackendCatalog of(List<Backend> backends) {
    Map<String, Backend> byId = new TreeMap<>(BackendCatalog::stageOrder);
    backends.forEach(backend -> register(byId, backend));
    return new BackendCatalog(byId, List.of(), List.of());
  }

  /// What goes wrong when a backend is asked what every command asks it, beginning with the version
  /// that it was built for; null if nothing does.
  private static @Nullable String selfDescriptionProblem(Backend backend) {
    String what = "spiVersion()";
    try {
      String refused = SpiVersion.problem(backend);
      if (refused != null) {
        return OneLine.of(refused);
      }
      what = "id()";
      backend.id();
      what = "description()";
      backend.description();
      what = "options()";
      OptionValues defaults = OptionValues.defaults(List.copyOf(backend.options()));
      what = "jvmArgs()";
      List.copyOf(backend.jvmArgs(defaults));
      what = "privateBytes()";
      backend.privateBytes(SMALLEST, defaults);
      what = "heapBytes()";
      backend.heapBytes(SMALLEST, defaults);
      what = "approximate()";
      backend.approximate(defaults);
      return null;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return OneLine.of(
          "%s in %s: %s failed: %s"
              .formatted(backend.getClass().getName(), origin(backend), what, e));
    }
  }

  private static void register(Map<String, Backend> backends, Backend backend) {
    String id = backend.id();
    if (id == null || !ID.matcher(id).matches()) {
      throw UserError.error(
          "%s has the id '%s': an id is lower-case letters, digits and hyphens"
              .formatted(placed(backend), id));
    }
    if (id.equals(OracleBackend.ID)) {
      throw UserError.error(
          "%s has the id '%s', which is the harness's own: give it another"
              .formatted(placed(backend), id));
    }
    Backend other = backends.putIfAbsent(id, backend);
    if (other != null) {
      throw UserError.error(
          "two backends have the id '%s': %s and %s; remove one of them"
              .formatted(id, placed(other), placed(backend)));
    }
  }

  private static String placed(Backend backend) {
    String what =
        backend instanceof EngineBackend
            ? "an engine"
            : "the backend " + backend.getClass().getName();
    return what + " in " + origin(backend);
  }

  private static int stageOrder(String a, String b) {
    int stageA = STAGES.contains(a) ? STAGES.indexOf(a) : STAGES.size();
    int stageB = STAGES.contains(b) ? STAGES.indexOf(b) : STAGES.size();
    return stageA != stageB ? Integer.compare(stageA, stageB) : a.compareTo(b);
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return e.getCause() == null ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + root;
  }

  private static List<Path> jars(List<Path> plugins) {
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
    List<Path> absolute = jars.stream().map(Path::toAbsolutePath).toList();
    for (Path jar : absolute) {
      if (jar.toString().contains(File.pathSeparator)) {
        throw UserError.usage(
            "--plugins %s: Java takes a '%s' in a class path for a separator, so no worker could find it; move or rename it"
                .formatted(jar, File.pathSeparator));
      }
    }
    requireBackends(plugins, jars);
    return absolute;
  }

  /// A jar that is none, and jars that bring nothing, are mistakes: without a word about them the
  /// user would believe that the plugin was there. What a plugin depends on may lie beside it.
  private static void requireBackends(List<Path> plugins, List<Path> jars) {
    boolean bringBackends = false;
    for (Path jar : jars) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        bringBackends |= zip.getEntry(PROVIDERS) != null;
      } catch (IOException e) {
        throw UserError.usage(
            "--plugins %s: is not a jar that can be read (%s); build it again, or leave it out"
                .formatted(jar, FileProblem.describe(e)));
      }
    }
    if (!plugins.isEmpty() && !bringBackends) {
      throw UserError.usage(
          "--plugins %s: no backend is in there: a plugin's jar names its backends in %s"
              .formatted(
                  plugins.stream().map(Path::toString).collect(Collectors.joining(", ")),
                  PROVIDERS));
    }
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw UserError.error("the plugin %s has no usable path".formatted(jar), e);
    }
  }

  /// The jar or directory that a backend comes from; the file that describes an engine.
  public static String origin(Backend backend) {
    if (backend instanceof EngineBackend(Engine engine)) {
      return engine.file().toString();
    }
    CodeSource source = backend.getClass().getProtectionDomain().getCodeSource();
    return source == null ? "an unknown place" : source.getLocation().getPath();
  }

  /// All backends, the stages of the roadmap first and in their order.
  public List<Backend> all() {
    return List.copyOf(backends.values());
  }

  /// @throws UserError if there is none of this id; it says which there are
  public Backend get(String id) {
    Backend backend = backends.get(id);
    if (backend == null) {
      throw UserError.usage(
          "there is no backend '%s'%s; backends are %s"
              .formatted(
                  id, Nearest.hint(id, backends.keySet()), String.join(", ", backends.keySet())));
    }
    return backend;
  }

  /// Providers that could not be loaded, each as one line.
  public List<String> problems() {
    return problems;
  }

  /// The plugin jars, for the workers' class path.
  public List<Path> pluginJars() {
    return pluginJars;
  }
}
