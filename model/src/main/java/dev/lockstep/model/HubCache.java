package dev.lockstep.model;

import dev.lockstep.api.CacheDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The Hugging Face hub's cache on disk, as its cache-layout document describes it:
/// `models--OWNER--NAME/refs/REVISION` holds a commit, and `models--OWNER--NAME/snapshots/COMMIT/`
/// the files, which are links to `blobs/`.
public final class HubCache {
  private static final Pattern NAME =
      Pattern.compile("(?:[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]*");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /// The hub serves these names for the repositories that now have an owner.
  private static final Map<String, String> OWNED =
      Map.of(
          "gpt2", "openai-community/gpt2",
          "gpt2-medium", "openai-community/gpt2-medium",
          "gpt2-large", "openai-community/gpt2-large",
          "gpt2-xl", "openai-community/gpt2-xl",
          "distilgpt2", "distilbert/distilgpt2");

  private final Path root;

  public HubCache(Path root) {
    this.root = root;
  }

  /// The cache of this process: `$HF_HUB_CACHE`, else `$HF_HOME/hub`, else `huggingface/hub` in the
  /// user's cache directory.
  public static HubCache ofEnvironment() {
    return ofEnvironment(System.getenv(), System.getProperty("user.home"));
  }

  static HubCache ofEnvironment(Map<String, String> environment, @Nullable String home) {
    String cache = environment.get("HF_HUB_CACHE");
    if (cache != null && !cache.isEmpty()) {
      return new HubCache(Path.of(cache).toAbsolutePath());
    }
    String hubHome = environment.get("HF_HOME");
    if (hubHome != null && !hubHome.isEmpty()) {
      return new HubCache(Path.of(hubHome).toAbsolutePath().resolve("hub"));
    }
    return new HubCache(
        CacheDirectory.userCache(environment, home).resolve("huggingface").resolve("hub"));
  }

  public Path root() {
    return root;
  }

  /// Whether this can be the name of a repository: `NAME` or `OWNER/NAME`.
  public static boolean isName(String name) {
    return NAME.matcher(name).matches()
        && name.length() <= 96
        && !name.contains("--")
        && !name.contains("..");
  }

  /// Whether this can be a branch, a tag or a commit.
  public static boolean isRevision(String revision) {
    return REVISION.matcher(revision).matches()
        && !revision.contains("..")
        && !revision.contains("//");
  }

  /// `OWNER/NAME` for a name that the hub knows without an owner, or the name itself.
  public static String canonicalName(String name) {
    return OWNED.getOrDefault(name, name);
  }

  /// The directory of a repository in this cache.
  public Path repository(String name) {
    return root.resolve("models--" + name.replace("/", "--"));
  }

  /// The snapshot of a model, if the cache has it.
  ///
  /// @param name as the user gives it; `gpt2` and `openai-community/gpt2` are the same
  /// @param revision a branch, a tag or a commit
  public Optional<Path> snapshot(String name, String revision) {
    return Stream.of(name, canonicalName(name), ownerless(name))
        .distinct()
        .map(candidate -> snapshotIn(repository(candidate), revision))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static String ownerless(String name) {
    return OWNED.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(name);
  }

  private static Optional<Path> snapshotIn(Path repository, String revision) {
    String commit = revision;
    try {
      Path ref = repository.resolve("refs").resolve(revision);
      if (Files.isRegularFile(ref) && Files.size(ref) <= 100) {
        commit = Files.readString(ref).strip();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    if (!COMMIT.matcher(commit).matches()) {
      return Optional.empty();
    }
    Path snapshot = repository.resolve("snapshots").resolve(commit);
    return Files.isRegularFile(snapshot.resolve("config.json"))
        ? Optional.of(snapshot)
        : Optional.empty();
  }

  /// The names of all models whose `main` is in this cache, sorted.
  public List<String> names() {
    List<String> names = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return names;
    }
    try (Stream<Path> entries = Files.list(root)) {
      entries
          .map(entry -> entry.getFileName().toString())
          .filter(entry -> entry.startsWith("models--"))
          .map(entry -> entry.substring("models--".length()).replaceFirst("--", "/"))
          .filter(name -> isName(name) && snapshotIn(repository(name), "main").isPresent())
          .sorted()
          .forEach(names::add);
    } catch (IOException | UncheckedIOException e) {
      // A directory that cannot be listed shows no models.
    }
    return names;
  }
}
