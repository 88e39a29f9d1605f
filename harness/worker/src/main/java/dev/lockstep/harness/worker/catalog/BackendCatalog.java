package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineBackend;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.Nearest;
import dev.lockstep.model.format.OneLine;
import dev.lockstep.oracle.OracleBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Every backend that [ServiceLoader] finds on the class path and in the plugin jars.
public final class BackendCatalog {
  private static final Pattern ID = Pattern.compile("[a-z0-9-]+");

  /// The order in which the stages of the roadmap are shown; other backends follow by name.
  private static final List<String> STAGES =
      List.of("naive", "kvcache", "simd", "opencl", "cuda", "hip");

  private static final Gpt2Config SMALLEST = new Gpt2Config(1, 1, 1, 1, 1, 1e-5);

  private final Map<String, Backend> backends;

  /// Ids that several plugins have, with all that have them: none is chosen for the user.
  private final Map<String, List<Backend>> ambiguous;

  private final List<String> problems;
  private final List<Path> plugins;
  private final List<Path> pluginJars;

  /// Builds that were asked for by their jar, by jar and id.
  private final Map<String, Backend> builds = new HashMap<>();

  private BackendCatalog(
      Map<String, Backend> backends,
      Map<String, List<Backend>> ambiguous,
      List<String> problems,
      List<Path> plugins,
      List<Path> pluginJars) {
    this.backends = backends;
    this.ambiguous = Map.copyOf(ambiguous);
    this.problems = List.copyOf(problems);
    this.plugins = plugins.stream().map(Path::toAbsolutePath).toList();
    this.pluginJars = List.copyOf(pluginJars);
  }

  /// The backends of Lockstep, and those of plugins. A plugin that cannot be used is a problem of
  /// its own.
  ///
  /// @param plugins jars, or directories whose jars are taken
  /// @throws UserError if a plugin path does not exist
  public static BackendCatalog load(List<Path> plugins) {
    PluginJars jars = PluginJars.of(plugins);
    List<String> problems = new ArrayList<>(jars.problems());
    Map<String, Backend> backends = new TreeMap<>(BackendCatalog::stageOrder);
    usable(BackendCatalog.class.getClassLoader(), problems)
        .forEach(backend -> register(backends, backend));
    Map<String, List<Backend>> brought = new TreeMap<>();
    for (Path jar : jars.withBackends()) {
      for (Backend backend : usable(PluginClassLoader.of(jar, jars.all()), problems)) {
        if (backends.containsKey(backend.id())) {
          problems.add(
              "%s has the id '%s', which is taken: it is %s@%s"
                  .formatted(placed(backend), backend.id(), backend.id(), jar));
        } else {
          brought.computeIfAbsent(backend.id(), id -> new ArrayList<>()).add(backend);
        }
      }
    }
    Map<String, List<Backend>> ambiguous = new TreeMap<>();
    brought.forEach(
        (id, own) -> {
          if (own.size() == 1) {
            backends.put(id, own.getFirst());
          } else {
            ambiguous.put(id, own);
            problems.add(ambiguity(id, own));
          }
        });
    return new BackendCatalog(backends, ambiguous, problems, plugins, jars.all());
  }

  /// Those of a class loader that answer what every command asks them and have a legal id.
  private static List<Backend> usable(ClassLoader loader, List<String> problems) {
    Providers providers = Providers.of(loader);
    problems.addAll(providers.problems());
    List<Backend> usable = new ArrayList<>();
    for (Backend backend : providers.backends()) {
      String problem = selfDescriptionProblem(backend);
      problem = problem == null ? idProblem(backend) : problem;
      if (problem == null) {
        usable.add(backend);
      } else {
        problems.add(problem);
      }
    }
    return usable;
  }

  private static String ambiguity(String id, List<Backend> own) {
    return "several plugins have the id '%s': %s; name one as %s"
        .formatted(
            id,
            own.stream().map(BackendCatalog::placed).collect(Collectors.joining(" and ")),
            own.stream()
                .map(backend -> id + "@" + origin(backend))
                .collect(Collectors.joining(" or ")));
  }

  /// The same, and engines.
  ///
  /// @throws UserError if an id is illegal, or two share one
  public BackendCatalog withEngines(List<Engine> engines) {
    Map<String, Backend> more = new TreeMap<>(BackendCatalog::stageOrder);
    more.putAll(backends);
    engines.forEach(engine -> register(more, new EngineBackend(engine)));
    return new BackendCatalog(more, ambiguous, problems, plugins, pluginJars);
  }

  /// A catalogue of these backends and no others.
  public static BackendCatalog of(List<Backend> backends) {
    Map<String, Backend> byId = new TreeMap<>(BackendCatalog::stageOrder);
    backends.forEach(backend -> register(byId, backend));
    return new BackendCatalog(byId, Map.of(), List.of(), List.of(), List.of());
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

  private static @Nullable String idProblem(Backend backend) {
    String id = backend.id();
    if (id == null || !ID.matcher(id).matches()) {
      return "%s has the id '%s': an id is lower-case letters, digits and hyphens"
          .formatted(placed(backend), id);
    }
    return id.equals(OracleBackend.ID)
        ? "%s has the id '%s', which is the harness's own: give it another"
            .formatted(placed(backend), id)
        : null;
  }

  private static void register(Map<String, Backend> backends, Backend backend) {
    String problem = idProblem(backend);
    if (problem != null) {
      throw UserError.error(problem);
    }
    Backend other = backends.putIfAbsent(backend.id(), backend);
    if (other != null) {
      throw UserError.error(
          "two backends have the id '%s': %s and %s; remove one of them"
              .formatted(backend.id(), placed(other), placed(backend)));
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
    List<Backend> several = ambiguous.get(id);
    if (several != null) {
      throw UserError.usage(ambiguity(id, several));
    }
    Backend backend = backends.get(id);
    if (backend == null) {
      throw UserError.usage(
          "there is no backend '%s'%s; backends are %s"
              .formatted(
                  id, Nearest.hint(id, backends.keySet()), String.join(", ", backends.keySet())));
    }
    return backend;
  }

  /// The build of a backend that lies in a jar. Asked twice, it is the same one.
  ///
  /// @param jar as the user wrote it
  /// @throws UserError if there is no such jar, or no such backend in it
  public Backend build(String id, String jar) {
    return builds.computeIfAbsent(id + "@" + jar, build -> loadBuild(id, jar));
  }

  private Backend loadBuild(String id, String jar) {
    if (!Files.isRegularFile(Path.of(jar))) {
      throw UserError.usage("-b %s@%s: there is no such jar".formatted(id, jar));
    }
    PluginJars named = PluginJars.of(List.of(Path.of(jar)));
    List<String> reasons = new ArrayList<>(named.problems());
    List<Backend> usable = List.of();
    if (reasons.isEmpty()) {
      usable = usable(PluginClassLoader.of(Path.of(jar), pluginJars), reasons);
    }
    for (Backend backend : usable) {
      if (backend.id().equals(id)) {
        return backend;
      }
    }
    String has = usable.stream().map(Backend::id).collect(Collectors.joining(", "));
    throw UserError.usage(
        "-b %s@%s: there is no backend '%s' in that jar%s"
            .formatted(
                id,
                jar,
                id,
                reasons.isEmpty() ? "; it has " + has : ": " + String.join("; ", reasons)));
  }

  /// Providers that could not be loaded, each as one line.
  public List<String> problems() {
    return problems;
  }

  /// The jars and directories that were named, absolute.
  public List<Path> plugins() {
    return plugins;
  }

  /// The plugin jars that can be read.
  public List<Path> pluginJars() {
    return pluginJars;
  }
}
