package dev.lockstep.model;

import dev.lockstep.model.format.Nearest;
import dev.lockstep.model.synthetic.SyntheticShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What to say of a model argument that names nothing: the name that was probably meant, and a
/// download only where no name is near.
record WrongModelName(String argument, HubCache hub) {
  private static final String SYNTHETIC_PREFIX = "synth";

  /// What some call the smallest model by, which has no such ending.
  private static final String SMALLEST = "-(small|base)$";

  /// For an argument that cannot be a name on the hub.
  String problem() {
    if (isPath()) {
      return "model '%s': there is no such directory%s"
          .formatted(
              argument,
              argument.startsWith("~")
                  ? "; the shell has left the ~ as it is, write $HOME instead"
                  : "");
    }
    return near()
        .orElse(
            "model '%s' is neither a directory nor a name; there are '%s', '%sgpt2', a directory, and names on the Hugging Face hub such as 'gpt2'"
                .formatted(argument, EmbeddedModel.NAME, SyntheticShape.SCHEME));
  }

  private boolean isPath() {
    return argument.startsWith(".")
        || argument.startsWith("/")
        || argument.startsWith("~")
        || argument.endsWith("/")
        || argument.indexOf('/') != argument.lastIndexOf('/');
  }

  /// For a name that the cache does not hold.
  String notThere(HubLookup lookup) {
    return near()
        .orElseGet(
            () ->
                "model '%s' is neither a directory nor in the Hugging Face cache %s; %s%sfetch it with: %s"
                    .formatted(
                        argument,
                        lookup.place(),
                        elsewhere(lookup.name()),
                        nearInCache(),
                        lookup.downloadCommand()));
  }

  /// What is near to a name that exists wherever Lockstep runs; a name that exists is near to
  /// itself only.
  private Optional<String> near() {
    if (HubCache.published().contains(argument.replaceFirst("@.*", ""))) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>(List.of(EmbeddedModel.NAME));
    SyntheticShape.NAMES.forEach(name -> names.add(SyntheticShape.SCHEME + name));
    names.addAll(HubCache.published());
    Optional<String> near =
        argument.startsWith(SYNTHETIC_PREFIX) && !argument.contains(":")
            ? Optional.of(SyntheticShape.SCHEME + "gpt2")
            : Nearest.of(argument.replaceFirst(SMALLEST, ""), names);
    return near.map(name -> "there is no model '%s'; did you mean '%s'?".formatted(argument, name));
  }

  private String nearInCache() {
    return Nearest.of(argument, hub.arguments())
        .map(name -> "did you mean '%s', which is there? Else ".formatted(name))
        .orElse("");
  }

  /// The transformers library used to have a cache of its own.
  private String elsewhere(String name) {
    return hub.transformersCache()
        .map(HubCache::new)
        .filter(cache -> !cache.root().equals(hub.root()))
        .filter(cache -> cache.repositories(name).stream().anyMatch(Files::isDirectory))
        .map(HubCache::root)
        .map(Path::toString)
        .map(root -> "it is in TRANSFORMERS_CACHE: set HF_HUB_CACHE=%s, or ".formatted(root))
        .orElse("");
  }
}
