package dev.lockstep.api;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where Lockstep keeps what it can make again: the extracted embedded model, synthetic weights,
/// compiled kernels.
/// `$LOCKSTEP_CACHE`, else `$XDG_CACHE_HOME/lockstep`, else `~/.cache/lockstep`.
public final class CacheDirectory {
  private CacheDirectory() {}

  /// The cache of this process. It need not exist yet.
  public static Path path() {
    return path(System.getenv(), System.getProperty("user.home"));
  }

  /// The cache of a process with another environment.
  ///
  /// @param home the user's home directory, if there is one
  public static Path path(Map<String, String> environment, @Nullable String home) {
    String own = environment.get("LOCKSTEP_CACHE");
    if (own != null && !own.isEmpty()) {
      return Path.of(own).toAbsolutePath();
    }
    return userCache(environment, home).resolve("lockstep");
  }

  /// The user's cache directory as the XDG Base Directory Specification defines it; a relative
  /// `XDG_CACHE_HOME` is to be ignored.
  public static Path userCache(Map<String, String> environment, @Nullable String home) {
    String xdg = environment.get("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty() && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg);
    }
    return Path.of(home == null ? "." : home).toAbsolutePath().resolve(".cache");
  }
}
