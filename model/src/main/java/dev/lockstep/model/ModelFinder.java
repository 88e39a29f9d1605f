package dev.lockstep.model;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.LoadedModel.Origin;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.synthetic.SyntheticShape;
import dev.lockstep.model.tokenizer.ByteTokenizer;
import dev.lockstep.model.tokenizer.Gpt2Tokenizer;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds where a model argument's files lie, writing them first if the model is embedded or
/// synthetic.
///
/// @param cache usually [CacheDirectory#path]
/// @param hub usually [HubCache#ofEnvironment]
record ModelFinder(Path cache, HubCache hub) {
  static ModelFinder ofEnvironment() {
    return new ModelFinder(CacheDirectory.path(), HubCache.ofEnvironment());
  }

  /// @throws ModelException if there is no such model, or it cannot be written
  /// @throws FormatException if its index is malformed
  Origin find(String argument) {
    if (argument.equals(EmbeddedModel.NAME)) {
      Path directory = EmbeddedModel.extractBelow(cache);
      Path checkpoint = directory.resolve(CheckpointFiles.SINGLE);
      return origin(argument, argument, directory, () -> Sha256.remembered(checkpoint));
    }
    if (argument.startsWith(SyntheticShape.SCHEME)) {
      return synthetic(argument);
    }
    if (!argument.isEmpty() && argument.indexOf('\0') < 0 && Files.exists(Path.of(argument))) {
      Path path = Path.of(argument).toAbsolutePath().normalize();
      requireModelDirectory(path);
      Path last = path.getFileName();
      return origin(argument, last == null ? argument : last.toString(), path, null);
    }
    return fromHub(argument);
  }

  /// Refuses what is near to a model's directory and none.
  private static void requireModelDirectory(Path path) {
    if (!Files.isDirectory(path)) {
      throw new ModelException(
          "%s: is a file; a model is a directory that holds config.json and its checkpoint: %s"
              .formatted(path, path.getParent()));
    }
    List<String> commits = HubCache.commitsIn(path);
    if (!commits.isEmpty()) {
      throw new ModelException(
          "%s: is a model of a Hugging Face cache; name it by its name on the hub, or name one of its snapshots: %s"
              .formatted(
                  path,
                  commits.stream()
                      .map(commit -> path.resolve("snapshots").resolve(commit).toString())
                      .collect(Collectors.joining(", "))));
    }
    SnapshotLinks.requireWhole(
        path, "copy the files themselves, for example with cp -rL, or name the model itself");
  }

  /// @param knownSha256 null if the checkpoint's files have to be hashed
  private static Origin origin(
      String argument, String name, Path directory, @Nullable Supplier<String> knownSha256) {
    CheckpointFiles files = CheckpointFiles.in(directory);
    Supplier<Tokenizer> tokenizer =
        () ->
            TokenizerFiles.read(
                directory, ConfigReader.read(directory.resolve("config.json")).shape().vocabSize());
    return new Origin(
        argument,
        name,
        directory,
        files.totalBytes(),
        knownSha256 != null ? knownSha256 : () -> Sha256.of(files.files()),
        TokenizerFiles.presentIn(directory) ? tokenizer : null);
  }

  private Origin synthetic(String argument) {
    SyntheticShape shape = parse(argument);
    Path directory = new SyntheticCache(cache).require(shape);
    CheckpointFiles files = CheckpointFiles.in(directory);
    return new Origin(
        argument,
        shape.canonicalArgument(),
        directory,
        files.totalBytes(),
        () -> Sha256.remembered(files.files().getFirst()),
        syntheticTokenizer(shape.config().vocabSize()));
  }

  private static SyntheticShape parse(String argument) {
    try {
      return SyntheticShape.parse(argument);
    } catch (IllegalArgumentException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  private static @Nullable Supplier<Tokenizer> syntheticTokenizer(int vocabSize) {
    if (vocabSize == Gpt2Tokenizer.VOCAB_SIZE) {
      return Gpt2Tokenizer::new;
    }
    return vocabSize < ByteTokenizer.MIN_VOCAB_SIZE ? null : () -> new ByteTokenizer(vocabSize);
  }

  private Origin fromHub(String argument) {
    HubLookup lookup = HubLookup.of(argument, hub);
    if (!lookup.isPossible()) {
      throw new ModelException(new WrongModelName(argument, hub).problem());
    }
    Path snapshot =
        lookup
            .snapshot()
            .orElseThrow(
                () -> new ModelException(new WrongModelName(argument, hub).notThere(lookup)));
    try {
      SnapshotLinks.requireWhole(
          snapshot, "the cache was moved, copied or filled under a relative path");
      return origin(argument, argument, snapshot, null);
    } catch (ModelException | FormatException e) {
      // Other software fetches single files into the same cache.
      throw new ModelException(
          e.getMessage() + "; if it is incomplete, fetch it with: " + lookup.downloadCommand(), e);
    }
  }

  /// What to do about a file of the hub's cache that is not whole; nothing for other files, and
  /// nothing for a model of another kind, which would be fetched again as it is.
  String remedy(Origin origin, FormatException e) {
    boolean isOfHub =
        origin.directory().startsWith(hub.root()) && !Files.exists(Path.of(origin.argument()));
    return isOfHub && e.problem().contains("truncated")
        ? "; fetch it again with: " + HubLookup.of(origin.argument(), hub).downloadCommand()
        : "";
  }

  /// See [Models#known].
  List<KnownModel> known() {
    List<KnownModel> known = new ArrayList<>();
    known.add(
        new KnownModel(
            EmbeddedModel.NAME,
            "trained on tiny Shakespeare: 4 layers, width 192, vocabulary 2048, 9.1 MB",
            true,
            "embedded; the default"));
    SyntheticCache synthetic = new SyntheticCache(cache);
    Set<SyntheticShape> shapes = new LinkedHashSet<>();
    SyntheticShape.NAMES.forEach(
        name -> shapes.add(SyntheticShape.parse(SyntheticShape.SCHEME + name)));
    shapes.addAll(synthetic.shapes());
    shapes.forEach(shape -> known.add(known(shape, synthetic)));
    known.addAll(inHubCache());
    return known;
  }

  private static KnownModel known(SyntheticShape shape, SyntheticCache synthetic) {
    boolean present = synthetic.holds(shape);
    return new KnownModel(
        shape.canonicalArgument(),
        "random weights: " + describe(shape.config()),
        present,
        present ? synthetic.directoryOf(shape).toString() : "written to the cache at first use");
  }

  private List<KnownModel> inHubCache() {
    List<KnownModel> known = new ArrayList<>();
    for (String argument : hub.arguments()) {
      try {
        Path snapshot = fromHub(argument).directory();
        Gpt2Config config = ConfigReader.read(snapshot.resolve("config.json")).shape();
        known.add(new KnownModel(argument, describe(config), true, snapshot.toString()));
      } catch (FormatException | ModelException e) {
        known.add(
            new KnownModel(argument, "cannot be used", false, String.valueOf(e.getMessage())));
      }
    }
    return known;
  }

  private static String describe(Gpt2Config config) {
    return String.format(
        Locale.ROOT,
        "%d layers, width %d, vocabulary %d, %.1f MB",
        config.nLayer(),
        config.nEmbd(),
        config.vocabSize(),
        config.parameterCount() * Float.BYTES / 1e6);
  }
}
