package dev.lockstep.model;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.LoadedModel.Origin;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.synthetic.SyntheticShape;
import dev.lockstep.tokenizer.ByteTokenizer;
import dev.lockstep.tokenizer.Gpt2Tokenizer;
import dev.lockstep.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds where a model argument's files lie, writing them first if the model is embedded or
/// synthetic.
///
/// @param cache usually [CacheDirectory#path]
/// @param hub usually [HubCache#ofEnvironment]
record ModelFinder(Path cache, HubCache hub) {
  private static final String DEFAULT_REVISION = "main";

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
    if (!argument.isEmpty() && argument.indexOf('\0') < 0 && Files.isDirectory(Path.of(argument))) {
      Path directory = Path.of(argument).toAbsolutePath().normalize();
      Path last = directory.getFileName();
      return origin(argument, last == null ? argument : last.toString(), directory, null);
    }
    return fromHub(argument);
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
    int at = argument.indexOf('@');
    String name = at < 0 ? argument : argument.substring(0, at);
    String revision = at < 0 ? DEFAULT_REVISION : argument.substring(at + 1);
    if (!HubCache.isName(name) || !HubCache.isRevision(revision)) {
      throw new ModelException(
          "model '%s' is neither a directory nor a name; there are '%s', '%sgpt2', a directory, and names on the Hugging Face hub such as 'gpt2'"
              .formatted(argument, EmbeddedModel.NAME, SyntheticShape.SCHEME));
    }
    String remedy = "fetch it with: ./lockstep download " + downloadArguments(name, revision);
    Path snapshot =
        hub.snapshot(name, revision)
            .orElseThrow(
                () ->
                    new ModelException(
                        "model '%s' is neither a directory nor in the Hugging Face cache %s; %s"
                            .formatted(argument, hub.root(), remedy)));
    try {
      return origin(argument, argument, snapshot, null);
    } catch (ModelException | FormatException e) {
      // Other software fetches single files into the same cache.
      throw new ModelException(e.getMessage() + "; if it is incomplete, " + remedy, e);
    }
  }

  private static String downloadArguments(String name, String revision) {
    return revision.equals(DEFAULT_REVISION) ? name : name + " --revision " + revision;
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
    for (String name : hub.names()) {
      Path snapshot = hub.snapshot(name, DEFAULT_REVISION).orElseThrow();
      try {
        Gpt2Config config = ConfigReader.read(snapshot.resolve("config.json")).shape();
        CheckpointFiles.in(snapshot);
        known.add(new KnownModel(name, describe(config), true, snapshot.toString()));
      } catch (FormatException | ModelException e) {
        known.add(new KnownModel(name, "cannot be used", false, String.valueOf(e.getMessage())));
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
