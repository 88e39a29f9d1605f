package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The hub's cache as it is found on disks: without refs, moved, copied, half filled.
class HubLookupTest {
  private static final String COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e";
  private static final String OTHER = "0123456789abcdef0123456789abcdef01234567";
  private static final String BLOB = "b".repeat(64);

  @TempDir Path root;

  private HubCache cache;

  @BeforeEach
  void create() {
    cache = new HubCache(root.resolve("hub"));
  }

  /// A snapshot of copies, without a ref.
  private Path place(String name, String commit) throws IOException {
    Path snapshot = cache.repository(name).resolve("snapshots").resolve(commit);
    Files.createDirectories(snapshot);
    Path model = TestCheckpoint.directory(root, parts -> parts);
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(model.resolve(file), snapshot.resolve(file));
    }
    return snapshot;
  }

  private void refer(String name, String ref, String content) throws IOException {
    Path file = cache.repository(name).resolve("refs").resolve(ref);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private LoadedModel open(String argument) {
    return Models.open(argument, new ModelFinder(root.resolve("cache"), cache));
  }

  private String refusal(String argument) {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> open(argument).close()).getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }

  private static void assertContains(String message, String... saying) {
    for (String words : saying) {
      assertTrue(message.contains(words), message);
    }
  }

  @Test
  void theOnlySnapshotIsTakenWithoutRefs() throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    try (LoadedModel model = open("owner/tiny")) {
      assertEquals(snapshot, model.directory());
    }
    assertEquals(List.of("owner/tiny"), cache.arguments());
    assertContains(refusal("owner/tiny@v2"), "'v2'", "owner/tiny@" + COMMIT, "--revision v2");
    assertContains(refusal("owner/tiny@main"), "'main'", "owner/tiny@" + COMMIT);
    open("owner/tiny@" + COMMIT).close();
  }

  @Test
  void amongSeveralSnapshotsWithoutRefsTheUserChooses() throws IOException {
    place("owner/tiny", COMMIT);
    place("owner/tiny", OTHER);
    assertContains(refusal("owner/tiny"), "owner/tiny@" + OTHER, "owner/tiny@" + COMMIT);
    List<String> arguments = List.of("owner/tiny@" + OTHER, "owner/tiny@" + COMMIT);
    assertEquals(arguments, cache.arguments());
    for (String argument : arguments) {
      open(argument).close();
    }
    refer("owner/tiny", "main", OTHER + "\n");
    assertEquals(List.of("owner/tiny"), cache.arguments());
    try (LoadedModel model = open("owner/tiny")) {
      assertTrue(model.directory().endsWith(OTHER));
    }
  }

  @Test
  void refsOfPullRequestsAndOfBranchesWithASlashAreFound() throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    for (String ref : List.of("refs/pr/3", "feature/new-tok", "v1.0")) {
      refer("owner/tiny", ref, COMMIT + "\n");
      try (LoadedModel model = open("owner/tiny@" + ref)) {
        assertEquals(snapshot, model.directory());
      }
    }
  }

  @Test
  void aRefWithoutItsSnapshotIsNamed() throws IOException {
    place("owner/tiny", COMMIT);
    refer("owner/tiny", "main", OTHER);
    assertContains(
        refusal("owner/tiny"), "refs/main holds '" + OTHER + "'", "owner/tiny@" + COMMIT);
    refer("owner/tiny", "main", "rubbish");
    assertContains(refusal("owner/tiny"), "refs/main holds 'rubbish'", "./lockstep download");
  }

  @Test
  void copiesWithoutBlobsWork() throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    refer("owner/tiny", "main", COMMIT);
    try (LoadedModel model = open("owner/tiny")) {
      assertEquals(snapshot, model.directory());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "vocab.json", "tokenizer.json"})
  void aBrokenLinkIsNamed(String file) throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    Files.deleteIfExists(snapshot.resolve(file));
    Path target = Path.of("hub/models--owner--tiny/blobs/" + BLOB); // as a relative cache_dir does
    Files.createSymbolicLink(snapshot.resolve(file), target);
    assertContains(
        refusal("owner/tiny"),
        snapshot.resolve(file) + ": is a broken link to " + target,
        "./lockstep download owner/tiny");
    assertContains(refusal(snapshot.toString()), "is a broken link to " + target, "cp -rL");
    List<KnownModel> known = new ModelFinder(root.resolve("cache"), cache).known();
    assertEquals("owner/tiny", known.getLast().argument());
    assertFalse(known.getLast().present());
    assertContains(known.getLast().note(), "broken link");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../blobs/%s", "../../blobs/%s\n", "..\\..\\blobs\\%s", "/old/hub/blobs/%s"})
  void aLinkThatWasCopiedAsTextIsNamed(String text) throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    for (String file : List.of("config.json", "model.safetensors")) {
      Path other = Files.move(snapshot.resolve(file), root.resolve(file));
      Files.writeString(snapshot.resolve(file), text.formatted(BLOB));
      assertContains(
          refusal("owner/tiny"),
          snapshot.resolve(file) + ": holds the text of a link",
          "./lockstep download owner/tiny");
      assertContains(refusal(snapshot.toString()), "holds the text of a link", "cp -rL");
      Files.delete(snapshot.resolve(file));
      Files.move(other, snapshot.resolve(file));
    }
    open("owner/tiny").close();
  }

  @Test
  void anIncompleteCheckpointNamesTheCommandThatFetchesIt() throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    byte[] bytes = Files.readAllBytes(snapshot.resolve("model.safetensors"));
    Path blobs = Files.createDirectories(cache.repository("owner/tiny").resolve("blobs"));
    Files.write(blobs.resolve(BLOB), Arrays.copyOf(bytes, bytes.length / 2));
    Files.delete(snapshot.resolve("model.safetensors"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/" + BLOB));
    assertContains(refusal("owner/tiny"), "model.safetensors", "./lockstep download owner/tiny");
  }

  @Test
  void theDirectoryOfARepositoryLeadsToItsSnapshots() throws IOException {
    Path snapshot = place("owner/tiny", COMMIT);
    String message = refusal(cache.repository("owner/tiny").toString());
    assertContains(message, "is a model of a Hugging Face cache", snapshot.toString());
  }

  @Test
  void aModelInTheCacheOfTransformersIsPointedOut() throws IOException {
    place("owner/tiny", COMMIT);
    Environment environment =
        new Environment(
            Map.of("TRANSFORMERS_CACHE", cache.root().toString(), "HF_HUB_CACHE", "/nowhere"),
            null);
    HubCache empty = HubCache.of(new HubEnvironment(environment));
    String message =
        String.valueOf(
            assertThrows(
                    ModelException.class,
                    () -> Models.open("owner/tiny", new ModelFinder(root.resolve("c"), empty)))
                .getMessage());
    assertContains(message, "/nowhere (which does not exist)", "set HF_HUB_CACHE=" + cache.root());
  }

  @ParameterizedTest
  @CsvSource({
    "shakespere, shakespeare",
    "Shakespeare, shakespeare",
    "shakspeare, shakespeare",
    "gtp2, gpt2",
    "GPT2, gpt2",
    "gpt-2, gpt2",
    "gpt2-lrage, gpt2-large",
    "gpt2-xxl, gpt2-xl",
    "gpt2-small, gpt2",
    "openai-comunity/gpt2, openai-community/gpt2",
    "distillgpt2, distilgpt2",
    "synthetc:gpt2, synthetic:gpt2",
    "synthetic, synthetic:gpt2",
    "synthetic-gpt2, synthetic:gpt2",
    "Synthetic:gpt2-xl, synthetic:gpt2-xl"
  })
  void aWrongNameGetsTheNearOneInsteadOfADownload(String wrong, String near) {
    String message = refusal(wrong);
    assertContains(message, "'" + wrong + "'", "did you mean '" + near + "'?");
    assertFalse(message.contains("download"), message);
  }

  @Test
  void aNameThatIsNearToOneInTheCacheMayExistAllTheSame() throws IOException {
    place("owner/tiny", COMMIT);
    assertContains(
        refusal("owner/tinny"), "did you mean 'owner/tiny'", "./lockstep download owner/tinny");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gpt2-xl", "openai-community/gpt2", "distilgpt2", "someone/else"})
  void aRightNameGetsTheDownload(String name) {
    String message = refusal(name);
    assertTrue(message.endsWith("./lockstep download " + name), message);
    assertFalse(message.contains("did you mean"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"./gpt2", "/no/such/gpt2", "models/gpt2/", "a/b/c", "../gpt2"})
  void aPathThatLeadsNowhereGetsNoDownload(String path) {
    assertContains(refusal(path), "'" + path + "': there is no such directory");
    assertFalse(refusal(path).contains("download"));
  }

  @Test
  void aTildeThatTheShellLeftIsNamed() {
    assertContains(refusal("~/models/gpt2"), "no such directory", "write $HOME");
  }

  @Test
  void aFileIsNoModelAndItsDirectoryIsNamed() throws IOException {
    Path directory = TestCheckpoint.directory(root, parts -> parts);
    String message = refusal(directory.resolve("model.safetensors").toString());
    assertContains(message, "model.safetensors: is a file");
    assertTrue(message.endsWith(directory.toString()), message);
  }
}
