package dev.lockstep.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.model.ConfigReader;
import dev.lockstep.model.HubCache;
import dev.lockstep.model.ModelException;
import dev.lockstep.model.Models;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.Nearest;
import dev.lockstep.model.format.ShardIndex;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.model.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Fetches a GPT-2 model from the Hugging Face hub into its cache.
///
/// The revision is resolved to a commit once, and every file is asked for by that commit. Only the
/// files that Lockstep reads are fetched: `config.json`, those of the tokenizer, and
/// `model.safetensors` or the shards that its index names. `config.json` comes first, and a model
/// that is not GPT-2 is refused before its weights are fetched. Files become blobs when they are
/// verified; only when all are, the snapshot is linked, its `config.json` last, and then the
/// revision is made to point to it. A download that ends early is therefore never seen as a model.
///
/// Single-threaded.
public final class HubDownload {
  private static final String CONFIG = "config.json";
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final List<String> TOKENIZER =
      List.of(
          "vocab.json",
          "merges.txt",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final long MAX_LISTING_BYTES = 16 << 20;
  private static final long MAX_SMALL_FILE_BYTES = 64 << 20;
  private static final int MAX_SHARDS = 1000;

  private final HubSettings settings;
  private final DownloadProgress progress;

  public HubDownload(HubSettings settings, DownloadProgress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /// The model in the cache, fetched as far as it is not there.
  ///
  /// @param name `NAME` or `OWNER/NAME`
  /// @param revision a branch, a tag or a commit
  /// @return the snapshot's directory
  /// @throws ModelException if it cannot be fetched; the message says whose fault that is
  public Path fetch(String name, String revision) {
    requireName(name);
    if (!HubCache.isRevision(revision)) {
      throw new ModelException(
          "revision '%s' is neither a branch, a tag nor a commit".formatted(revision));
    }
    if (settings.offlineVariable() != null) {
      return settings
          .cache()
          .snapshot(name, revision)
          .orElseThrow(
              () ->
                  new ModelException(
                      "model '%s' is not in the cache %s, and %s forbids to fetch it; unset it"
                          .formatted(name, settings.cache().root(), settings.offlineVariable())));
    }
    try (HubClient client = new HubClient(settings)) {
      return new Run(name, revision, client).fetch();
    } catch (FormatException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireName(String name) {
    if (name.equals(Models.DEFAULT) || name.startsWith(SyntheticShape.SCHEME)) {
      throw new ModelException(
          "model '%s' needs no download: it is made on this machine at its first use"
              .formatted(name));
    }
    int at = name.indexOf('@');
    if (at > 0 && HubCache.isName(name.substring(0, at))) {
      throw new ModelException(
          "'%s' is a name and a revision; write: ./lockstep download %s --revision %s"
              .formatted(name, name.substring(0, at), name.substring(at + 1)));
    }
    if (!HubCache.isName(name)) {
      throw new ModelException(
          "'%s' is not the name of a model on the hub: NAME or OWNER/NAME".formatted(name));
    }
  }

  /// The state of one download.
  private final class Run {
    private final String name;
    private final String revision;
    private final HubClient client;
    private final Path repository;
    private final BlobStore blobs;
    private final Retries retries = new Retries(settings, progress);

    Run(String name, String revision, HubClient client) {
      this.name = name;
      this.revision = revision;
      this.client = client;
      repository = settings.cache().repository(name);
      blobs = new BlobStore(repository.resolve("blobs"), client, settings, progress);
    }

    Path fetch() {
      Listing listing = list();
      Snapshot snapshot = new Snapshot(repository, listing.commit());
      Path config = blob(listing, CONFIG);
      requireGpt2(config);
      List<String> rest = new ArrayList<>(TOKENIZER);
      rest.retainAll(listing.files());
      rest.addAll(checkpointFiles(listing));
      for (String file : rest) {
        snapshot.add(file, blob(listing, file));
      }
      snapshot.add(CONFIG, config);
      return retries.run(name, () -> snapshot.link(revision));
    }

    private Listing list() {
      URI uri = uri("api/models/" + name + "/revision/" + revision.replace("/", "%2F"));
      try {
        return retries.run(name, () -> Listing.read(uri, client, settings));
      } catch (ModelException e) {
        throw new ModelException(e.getMessage() + nearName(), e);
      }
    }

    private String nearName() {
      List<String> published = HubCache.published();
      return published.contains(name)
          ? ""
          : Nearest.of(name, published)
              .map(near -> "; did you mean '%s'?".formatted(near))
              .orElse("");
    }

    private void requireGpt2(Path config) {
      try {
        ConfigReader.read(config);
      } catch (FormatException e) {
        throw new ModelException(
            "model '%s' is not a GPT-2: its config.json is refused: %s"
                .formatted(name, e.problem()),
            e);
      }
    }

    private List<String> checkpointFiles(Listing listing) {
      if (listing.files().contains(SINGLE)) {
        return List.of(SINGLE);
      }
      if (!listing.files().contains(INDEX)) {
        throw new ModelException(
            "model '%s' has no safetensors at revision %s; other formats are not read"
                .formatted(name, revision));
      }
      List<String> files = new ArrayList<>();
      files.add(INDEX);
      files.addAll(new TreeSet<>(ShardIndex.read(blob(listing, INDEX)).fileOfTensor().values()));
      if (files.size() > MAX_SHARDS) {
        throw new ModelException(
            String.format(
                Locale.ROOT,
                "model '%s' has %d shards; the limit is %d",
                name,
                files.size(),
                MAX_SHARDS));
      }
      return files;
    }

    private Path blob(Listing listing, String file) {
      if (!listing.files().contains(file)) {
        throw new ModelException(
            "model '%s' has no %s at revision %s".formatted(name, file, revision));
      }
      URI uri = uri(name + "/resolve/" + listing.commit() + "/" + file);
      RemoteFile described = retries.run(file, () -> client.describe(uri));
      if (!file.endsWith(".safetensors") && described.bytes() > MAX_SMALL_FILE_BYTES) {
        throw new ModelException(
            String.format(
                Locale.ROOT,
                "%s: has %d bytes, more than the limit of %d",
                uri,
                described.bytes(),
                MAX_SMALL_FILE_BYTES));
      }
      return retries.run(file, () -> blobs.require(file, uri, described));
    }

    private URI uri(String path) {
      return URI.create(settings.endpoint() + "/" + path);
    }
  }

  /// What the hub lists for a revision. Its names are only ever compared with names that are known
  /// to be harmless.
  private record Listing(String commit, Set<String> files) {
    static Listing read(URI uri, HubClient client, HubSettings settings)
        throws IOException, InterruptedException {
      // Parsed from a file, so that the limits of all other JSON hold here too.
      Path file = LocalFiles.createTemporaryFile("lockstep-listing", ".json");
      try (StallGuard body = new StallGuard(client.get(uri, 0), settings.stallTimeout());
          OutputStream out = LocalFiles.createStream(file)) {
        copy(uri, body, out);
        return parse(uri, StrictJson.readObject(file, MAX_LISTING_BYTES));
      } catch (FormatException e) {
        throw new ModelException("%s: the answer %s".formatted(uri, e.problem()), e);
      } finally {
        LocalFiles.delete(file);
      }
    }

    private static void copy(URI uri, StallGuard body, OutputStream out) throws IOException {
      byte[] buffer = new byte[1 << 16];
      long total = 0;
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        total += count;
        if (total > MAX_LISTING_BYTES) {
          throw new ModelException(
              String.format(
                  Locale.ROOT, "%s: the answer is longer than %d bytes", uri, MAX_LISTING_BYTES));
        }
        out.write(buffer, 0, count);
      }
      out.flush();
    }

    private static Listing parse(URI uri, JsonNode root) {
      String commit = root.path("sha").asText();
      if (!COMMIT.matcher(commit).matches()) {
        throw new ModelException("%s: the answer has no commit in 'sha'".formatted(uri));
      }
      Set<String> files = new TreeSet<>();
      for (JsonNode sibling : root.path("siblings")) {
        files.add(sibling.path("rfilename").asText());
      }
      return new Listing(commit, files);
    }
  }
}
