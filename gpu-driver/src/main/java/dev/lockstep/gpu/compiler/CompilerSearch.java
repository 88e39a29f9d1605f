package dev.lockstep.gpu.compiler;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks for a runtime compiler, in this order: where the user says (system property, then
/// environment variable), on the loader's path, in an active Conda environment, in the directories
/// of usual installations, in Python's packages. It never throws.
public final class CompilerSearch {

  /// What came of it.
  public sealed interface Result {}

  /// A compiler that can be used.
  public record Found(RuntimeCompiler compiler) implements Result {}

  /// None.
  ///
  /// @param reason what was looked for and where, in one short line; [CompilerSearch#places]
  ///     has all
  /// @param remedy what to do about it
  public record Missing(String reason, String remedy) implements Result {}

  /// Opens a library by its name or its absolute path.
  ///
  /// @throws IllegalArgumentException if the loader cannot
  @FunctionalInterface
  interface Loader {
    SymbolLookup open(String library);
  }

  private final CompilerFamily family;
  private final LibrarySearchPath searchPath;
  private final Loader loader;
  private final int fittingMajor;
  private final Set<String> refused = new LinkedHashSet<>();

  /// @param fittingMajor a compiler of a later major version is taken only where there is no other
  CompilerSearch(
      CompilerFamily family, LibrarySearchPath searchPath, Loader loader, int fittingMajor) {
    this.family = family;
    this.searchPath = searchPath;
    this.loader = loader;
    this.fittingMajor = fittingMajor;
  }

  /// Looks on this machine.
  public static Result find(CompilerFamily family) {
    return find(family, Integer.MAX_VALUE);
  }

  /// Looks on this machine for a compiler whose code a driver can be expected to load: one of a
  /// later major version than the driver is taken only where there is no other.
  ///
  /// @param driverMajor the driver's major version
  public static Result find(CompilerFamily family, int driverMajor) {
    return new CompilerSearch(
            family,
            LibrarySearchPath.ofThisProcess(),
            CompilerSearch::openForTheLifeOfTheProcess,
            driverMajor)
        .find();
  }

  /// A compiler keeps state in the process (threads, caches), so it is never unloaded.
  private static SymbolLookup openForTheLifeOfTheProcess(String library) {
    return library.startsWith("/")
        ? SymbolLookup.libraryLookup(Path.of(library), Arena.global())
        : SymbolLookup.libraryLookup(library, Arena.global());
  }

  Result find() {
    try {
      OpenLibrary library = open();
      return library == null
          ? new Missing(reason(), family.remedy())
          : new Found(new RuntimeCompiler(family, library.location(), library.symbols()));
    } catch (RuntimeException | LinkageError e) {
      return new Missing("%s cannot be used: %s".formatted(family.prefix(), e), family.remedy());
    }
  }

  private String reason() {
    Named named = named();
    return "%s was not found: there is no %s %s%s"
        .formatted(
            family.prefix(),
            String.join(", ", family.fileNames()),
            named == null
                ? "on the loader's path, in its installations' directories or in Python's packages"
                : "at %s (%s)".formatted(named.path, named.origin),
            refused.isEmpty() ? "" : "; the loader refused " + String.join(", ", refused));
  }

  /// Every place of this machine where a compiler is looked for, in order: directories, with `*`
  /// for any text in a name.
  public static List<String> places(CompilerFamily family) {
    return new CompilerSearch(
            family,
            LibrarySearchPath.ofThisProcess(),
            CompilerSearch::openForTheLifeOfTheProcess,
            Integer.MAX_VALUE)
        .places();
  }

  List<String> places() {
    Named named = named();
    if (named != null) {
      return List.of("%s (%s)".formatted(named.path, named.origin));
    }
    List<String> places = new ArrayList<>(List.of("the loader's path"));
    places.addAll(patterns());
    return places;
  }

  /// The library, or its directory, that the user names.
  private record Named(String path, String origin) {}

  private @Nullable Named named() {
    String property = searchPath.properties().apply(family.property());
    if (property != null) {
      return new Named(property, "-D" + family.property());
    }
    String variable = searchPath.variable(family.variable());
    return variable == null ? null : new Named(variable, family.variable());
  }

  /// A library that the loader opened.
  ///
  /// @param location its path, or its bare name if the loader found it by that
  record OpenLibrary(String location, SymbolLookup symbols) {}

  /// The first library that the loader accepts, or null.
  @Nullable OpenLibrary open() {
    Named named = named();
    if (named != null) {
      // Who names a library means that one: no other is taken in its place.
      return openNamed(named.path);
    }
    OpenLibrary fitting = openUsual(fileNames(true));
    return fitting != null ? fitting : openUsual(fileNames(false));
  }

  private List<String> fileNames(boolean fitting) {
    return family.fileNames().stream()
        .filter(name -> CompilerFamily.major(name) <= fittingMajor == fitting)
        .toList();
  }

  private @Nullable OpenLibrary openUsual(List<String> names) {
    for (String name : names) {
      OpenLibrary library = tryOpen(name);
      if (library != null) {
        return library;
      }
    }
    for (String pattern : patterns()) {
      for (Path directory : searchPath.matching(pattern)) {
        OpenLibrary library = openIn(directory, names);
        if (library != null) {
          return library;
        }
      }
    }
    return null;
  }

  private List<String> patterns() {
    List<String> patterns = new ArrayList<>();
    String conda = searchPath.variable("CONDA_PREFIX");
    if (conda != null) {
      patterns.add(conda + "/lib");
    }
    patterns.addAll(family.directories());
    for (String packages : searchPath.pythonPackages()) {
      for (String directory : family.pythonDirectories()) {
        patterns.add(packages + "/" + directory);
      }
    }
    return patterns;
  }

  private @Nullable OpenLibrary openNamed(String named) {
    Path path = searchPath.root().resolve(named.startsWith("/") ? named.substring(1) : named);
    if (Files.isDirectory(path)) {
      OpenLibrary fitting = openIn(path, fileNames(true));
      return fitting != null ? fitting : openIn(path, fileNames(false));
    }
    return Files.exists(path) ? openFile(path) : null;
  }

  private @Nullable OpenLibrary openIn(Path directory, List<String> names) {
    for (String name : names) {
      Path file = directory.resolve(name);
      if (Files.exists(file)) {
        OpenLibrary library = openFile(file);
        if (library != null) {
          return library;
        }
      }
    }
    return null;
  }

  private @Nullable OpenLibrary openFile(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (!family.companions().isEmpty() && directory != null) {
      for (Path companion :
          new LibrarySearchPath(directory, searchPath.environment(), searchPath.properties())
              .matching(family.companions())) {
        tryOpen(companion.toString());
      }
    }
    return tryOpen(file.toAbsolutePath().toString());
  }

  private @Nullable OpenLibrary tryOpen(String library) {
    try {
      return new OpenLibrary(library, loader.open(library));
    } catch (IllegalArgumentException e) {
      if (library.startsWith("/")) {
        refused.add(library);
      }
      return null;
    }
  }
}
