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
  /// @param reason what was looked for and where, in one line
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
  private final Surroundings surroundings;
  private final Loader loader;
  private final int fittingMajor;
  private final Set<String> looked = new LinkedHashSet<>();

  /// @param fittingMajor a compiler of a later major version is taken only where there is no other
  CompilerSearch(
      CompilerFamily family, Surroundings surroundings, Loader loader, int fittingMajor) {
    this.family = family;
    this.surroundings = surroundings;
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
            Surroundings.ofThisProcess(),
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
          ? new Missing(
              "%s was not found; looked for %s in: %s"
                  .formatted(
                      family.prefix(),
                      String.join(", ", family.fileNames()),
                      String.join(", ", looked)),
              family.remedy())
          : new Found(new RuntimeCompiler(family, library.location(), library.symbols()));
    } catch (RuntimeException | LinkageError e) {
      return new Missing("%s cannot be used: %s".formatted(family.prefix(), e), family.remedy());
    }
  }

  /// A library that the loader opened.
  ///
  /// @param location its path, or its bare name if the loader found it by that
  record OpenLibrary(String location, SymbolLookup symbols) {}

  /// The first library that the loader accepts, or null.
  @Nullable OpenLibrary open() {
    String named = surroundings.properties().apply(family.property());
    String origin = "-D" + family.property();
    if (named == null) {
      named = surroundings.variable(family.variable());
      origin = family.variable();
    }
    if (named != null) {
      // Who names a library means that one: no other is taken in its place.
      return openNamed(named, origin);
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
    looked.add("the loader's path");
    for (String pattern : patterns()) {
      looked.add(pattern);
      for (Path directory : surroundings.matching(pattern)) {
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
    String conda = surroundings.variable("CONDA_PREFIX");
    if (conda != null) {
      patterns.add(conda + "/lib");
    }
    patterns.addAll(family.directories());
    for (String packages : surroundings.pythonPackages()) {
      for (String directory : family.pythonDirectories()) {
        patterns.add(packages + "/" + directory);
      }
    }
    return patterns;
  }

  private @Nullable OpenLibrary openNamed(String named, String origin) {
    Path path = surroundings.root().resolve(named.startsWith("/") ? named.substring(1) : named);
    looked.add("%s (%s)".formatted(named, origin));
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
          new Surroundings(directory, surroundings.environment(), surroundings.properties())
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
        looked.add("%s (which the loader refused)".formatted(library));
      }
      return null;
    }
  }
}
