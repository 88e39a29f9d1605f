package dev.lockstep.model;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The model that ships inside the jar. A resource cannot be memory-mapped, so its files are
/// extracted once, checked against their hashes on the way, to a cache directory whose name holds
/// the checkpoint's hash; afterwards only their sizes are looked at.
final class EmbeddedModel {
  static final String NAME = "shakespeare";

  /// SHA-256 of the checkpoint.
  static final String SHA256 = "05909f154e7adf346ba448d5411a389cddbb49b38c08be74233fe2ea2856d4b6";

  /// @param sha256 lowercase hex
  record Resource(String name, long bytes, String sha256) {}

  static final List<Resource> RESOURCES =
      List.of(
          new Resource(
              "config.json",
              326,
              "4da814cc813148d5f257ae87f1397559273afa5f4309bda40751a997e4dbdd85"),
          new Resource(
              "vocab.json",
              28_358,
              "e1eaaf3740f0f71011e3a09ba8db278d11e7cba0da455be588fe227a9359a0c6"),
          new Resource(
              "merges.txt",
              12_151,
              "d5a2d874d919e1f671f0a293fc56cd1f28bab42bc9ed7f21b1a49f17390ec240"),
          new Resource(CheckpointFiles.SINGLE, 9_089_888, SHA256));

  private static @Nullable Path privateDirectory;

  private EmbeddedModel() {}

  /// The extracted directory below `cache`, or, if the cache cannot be written, a directory of this
  /// process alone that goes when it ends. (A shared one could be filled by somebody else.)
  ///
  /// @throws ModelException if it can be written to neither
  static Path extractBelow(Path cache) {
    try {
      return extract(cache);
    } catch (IOException e) {
      try {
        return extract(privateDirectory());
      } catch (IOException second) {
        throw new ModelException(
            "%s: cannot hold the embedded model: %s; set LOCKSTEP_CACHE to a directory that can be written"
                .formatted(cache, FileProblem.describe(e, cache)),
            e);
      }
    }
  }

  private static synchronized Path privateDirectory() throws IOException {
    if (privateDirectory == null) {
      Path directory = LocalFiles.createTemporaryDirectory("lockstep-");
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> AtomicDirectory.deleteQuietly(directory)));
      privateDirectory = directory;
    }
    return privateDirectory;
  }

  private static Path extract(Path cache) throws IOException {
    Path directory = cache.resolve("embedded").resolve(NAME + "-" + SHA256.substring(0, 16));
    new AtomicDirectory(directory, () -> isComplete(directory))
        .require(EmbeddedModel::copyResources);
    return directory;
  }

  private static boolean isComplete(Path directory) {
    return RESOURCES.stream()
        .allMatch(
            resource -> {
              try {
                return Files.size(directory.resolve(resource.name())) == resource.bytes();
              } catch (IOException e) {
                return false;
              }
            });
  }

  private static void copyResources(Path directory) throws IOException {
    for (Resource resource : RESOURCES) {
      MessageDigest digest = Sha256.newDigest();
      try (InputStream in = open(resource)) {
        LocalFiles.copy(new DigestInputStream(in, digest), directory.resolve(resource.name()));
      }
      if (!HexFormat.of().formatHex(digest.digest()).equals(resource.sha256())) {
        throw new IOException("the resource %s is corrupt".formatted(resource.name()));
      }
    }
  }

  static InputStream open(Resource resource) throws IOException {
    InputStream in = EmbeddedModel.class.getResourceAsStream(NAME + "/" + resource.name());
    if (in == null) {
      throw new IOException("the resource %s is missing".formatted(resource.name()));
    }
    return in;
  }
}
