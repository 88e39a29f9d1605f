package dev.lockstep.model;

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
  private final Optional<Path> transformersCache;

  public HubCache(Path root) {
    this(root, Optional.empty());
  }

  private HubCache(Path root, Optional<Path> transformersCache) {
    this.root = root;
    this.transformersCache = transformersCache;
  }

  /// The cache of this process.
  static HubCache ofEnvironment() {
    return of(HubEnvironment.ofThisProcess());
  }

  public static HubCache of(HubEnvironment environment) {
    return new HubCache(environment.cache(), environment.transformersCache());
  }

  public Path root() {
    return root;
  }

  /// Where the transformers library kept models of its own, if the environment says so.
  Optional<Path> transformersCache() {
    return transformersCache;
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
    return repositories(name).stream()
        .map(repository -> snapshotIn(repository, revision))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /// Where a model may be: under its name, and where it has an older or a newer one, under that.
  List<Path> repositories(String name) {
    return Stream.of(name, canonicalName(name), ownerless(name))
        .distinct()
        .map(this::repository)
        .toList();
  }

  private static String ownerless(String name) {
    return OWNED.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(name);
  }

  private static Optional<Path> snapshotIn(Path repository, String revision) {
    String commit = refIn(repository, revision).orElse(revision);
    return COMMIT.matcher(commit).matches()
        ? Optional.of(repository.resolve("snapshots").resolve(commit)).filter(Files::isDirectory)
        : Optional.empty();
  }

  /// What `refs/REVISION` holds: a commit, unless it is damaged.
  static Optional<String> refIn(Path repository, String revision) {
    Path ref = repository.resolve("refs").resolve(revision);
    try {
      return Files.isRegularFile(ref) && Files.size(ref) <= 100
          ? Optional.of(Files.readString(ref).strip())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// The commits of a repository that have a snapshot, sorted.
  static List<String> commitsIn(Path repository) {
    try (Stream<Path> entries = Files.list(repository.resolve("snapshots"))) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .filter(entry -> COMMIT.matcher(entry).matches())
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // a directory that cannot be listed shows no snapshots
    }
  }

  /// How to name each model in this cache: by its name, or, where it has several snapshots and none
  /// of them is `main`, by each of its commits.
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    for (String name : names()) {
      List<String> commits = commitsIn(repository(name));
      if (commits.size() > 1 && snapshotIn(repository(name), "main").isEmpty()) {
        commits.forEach(commit -> arguments.add(name + "@" + commit));
      } else {
        arguments.add(name);
      }
    }
    return arguments;
  }

  /// The names of all models that have a snapshot in this cache, sorted.
  public List<String> names() {
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(entry -> entry.startsWith("models--"))
          .map(entry -> entry.substring("models--".length()).replaceFirst("--", "/"))
          .filter(name -> isName(name) && !commitsIn(repository(name)).isEmpty())
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // a directory that cannot be listed shows no models
    }
  }

  /// The names of the models that OpenAI and Hugging Face have published.
  public static List<String> published() {
    return Stream.concat(OWNED.keySet().stream(), OWNED.values().stream()).sorted().toList();
  }
}
