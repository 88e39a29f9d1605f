package dev.lockstep.api;

import java.nio.file.Path;

/// Where Lockstep keeps what it can make again: the extracted embedded model, synthetic weights,
/// compiled kernels, the oracle's answers, which checks a backend has passed.
/// `$LOCKSTEP_CACHE`, else `$XDG_CACHE_HOME/lockstep`, else `$HOME/.cache/lockstep`.
public final class CacheDirectory {
  private CacheDirectory() {}

  /// The cache of this process. It need not exist yet.
  public static Path path() {
    return path(Environment.ofThisProcess());
  }

  /// The cache of a process with another environment.
  public static Path path(Environment environment) {
    return environment
        .variable("LOCKSTEP_CACHE")
        .map(own -> Path.of(environment.expand(own)).toAbsolutePath())
        .orElseGet(() -> userCache(environment).resolve("lockstep"));
  }

  /// As the XDG Base Directory Specification defines it; a relative `XDG_CACHE_HOME` is to be
  /// ignored.
  private static Path userCache(Environment environment) {
    return environment
        .variable("XDG_CACHE_HOME")
        .map(xdg -> Path.of(environment.expand(xdg)))
        .filter(Path::isAbsolute)
        .orElseGet(
            () -> Path.of(environment.home().orElse(".")).toAbsolutePath().resolve(".cache"));
  }
}
