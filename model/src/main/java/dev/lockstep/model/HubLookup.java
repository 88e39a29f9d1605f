package dev.lockstep.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks for a model in the hub's cache, and where it is not there, says what is.
///
/// @param revision a branch, a tag or a commit; null if the user gave none and means `main`
record HubLookup(HubCache cache, String name, @Nullable String revision) {
  static final String DEFAULT_REVISION = "main";

  /// @param argument `NAME` or `NAME@REVISION`
  static HubLookup of(String argument, HubCache cache) {
    int at = argument.indexOf('@');
    return at < 0
        ? new HubLookup(cache, argument, null)
        : new HubLookup(cache, argument.substring(0, at), argument.substring(at + 1));
  }

  /// Whether the hub could have a model and a revision of these names.
  boolean isPossible() {
    return HubCache.isName(name) && (revision == null || HubCache.isRevision(revision));
  }

  /// The snapshot. Without a revision, and where nothing says which one `main` is, the only one:
  /// other software leaves no `refs/` when it was asked for a commit.
  ///
  /// @return empty if the cache has nothing of this name
  /// @throws ModelException if it has, but not this
  Optional<Path> snapshot() {
    String wanted = revision == null ? DEFAULT_REVISION : revision;
    Optional<Path> found = cache.snapshot(name, wanted);
    if (found.isPresent()) {
      return found;
    }
    List<Path> snapshots = new ArrayList<>();
    Set<String> named = new LinkedHashSet<>();
    for (Path repository : cache.repositories(name)) {
      HubCache.refIn(repository, wanted)
          .ifPresent(
              commit ->
                  named.add(
                      "%s holds '%s', which has no snapshot"
                          .formatted(repository.resolve("refs").resolve(wanted), commit)));
      for (String commit : HubCache.commitsIn(repository)) {
        snapshots.add(repository.resolve("snapshots").resolve(commit));
      }
    }
    if (snapshots.size() == 1 && revision == null && named.isEmpty()) {
      return Optional.of(snapshots.getFirst());
    }
    if (snapshots.isEmpty() && named.isEmpty()) {
      return Optional.empty();
    }
    throw new ModelException(
        "model '%s' has no snapshot for '%s' in %s%s; %sfetch it with: %s"
            .formatted(
                name,
                wanted,
                cache.root(),
                named.isEmpty() ? "" : ": " + String.join(", ", named),
                choice(snapshots),
                downloadCommand()));
  }

  private String choice(List<Path> snapshots) {
    if (snapshots.isEmpty()) {
      return "";
    }
    List<String> arguments =
        snapshots.stream().map(snapshot -> name + "@" + snapshot.getFileName()).toList();
    return "there %s %s; name one, or "
        .formatted(arguments.size() == 1 ? "is" : "are", String.join(", ", arguments));
  }

  String downloadCommand() {
    return "./lockstep download "
        + (revision == null || revision.equals(DEFAULT_REVISION)
            ? name
            : name + " --revision " + revision);
  }

  /// The cache's root, and whether it is there at all.
  String place() {
    return Files.isDirectory(cache.root())
        ? cache.root().toString()
        : cache.root() + " (which does not exist)";
  }
}
