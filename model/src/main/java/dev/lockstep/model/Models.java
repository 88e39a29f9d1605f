package dev.lockstep.model;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.model.CheckpointReader.Checkpoint;
import dev.lockstep.model.LoadedModel.Origin;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.synthetic.SyntheticShape;
import java.lang.foreign.Arena;
import java.util.List;

/// Opens models by what a user calls them.
///
/// A model argument is, in this order: `shakespeare`, the embedded model; `synthetic:…`
/// ([SyntheticShape]); an existing directory in Hugging Face layout; a name on the Hugging Face hub
/// (`gpt2`, `openai-community/gpt2-xl`, `NAME@REVISION`) that its local cache holds. A directory
/// that is named like the embedded model is meant by `./shakespeare`.
public final class Models {
  /// The embedded model, the default where none is named.
  public static final String DEFAULT = EmbeddedModel.NAME;

  private static final String OPENAI = "openai-community/";

  private Models() {}

  /// Opens a model, writing it to the cache first if it is embedded or synthetic and not there yet.
  ///
  /// @throws ModelException if there is no such model, or its files are not right
  public static LoadedModel open(String argument) {
    return open(argument, ModelFinder.ofEnvironment());
  }

  static LoadedModel open(String argument, ModelFinder finder) {
    try {
      Origin origin = finder.find(argument);
      try {
        return load(origin);
      } catch (FormatException e) {
        throw new ModelException(e.getMessage() + finder.remedy(origin, e), e);
      }
    } catch (FormatException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  /// The shape of a model, without opening it: a synthetic one is not written, and the four GPT-2
  /// of the hub are known without being there.
  ///
  /// @throws ModelException if there is no such model, or its config is not right
  public static Gpt2Config shape(String argument) {
    String name = argument.substring(argument.lastIndexOf('/') + 1);
    if (SyntheticShape.NAMES.contains(name)
        && (argument.equals(name) || argument.equals(OPENAI + name))) {
      return SyntheticShape.parse(SyntheticShape.SCHEME + name).config();
    }
    try {
      if (argument.startsWith(SyntheticShape.SCHEME)) {
        return SyntheticShape.parse(argument).config();
      }
      Origin origin = ModelFinder.ofEnvironment().find(argument);
      return ConfigReader.read(origin.directory().resolve("config.json")).shape();
    } catch (FormatException | IllegalArgumentException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  // The model owns the arena and closes it.
  @SuppressWarnings("MustBeClosedChecker")
  private static LoadedModel load(Origin origin) {
    Arena arena = Arena.ofShared();
    try {
      Checkpoint checkpoint =
          CheckpointReader.read(
              CheckpointFiles.in(origin.directory()),
              ConfigReader.read(origin.directory().resolve("config.json")),
              arena);
      return new LoadedModel(origin, checkpoint, arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /// What there is to open: the embedded model, the synthetic shapes, and what lies in the Hugging
  /// Face cache. Nothing is written or read in full.
  public static List<KnownModel> known() {
    return ModelFinder.ofEnvironment().known();
  }
}
