package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCacheTest {
  private static final String COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e";

  @TempDir Path root;

  private HubCache cache;

  @BeforeEach
  void create() {
    cache = new HubCache(root.resolve("hub"));
  }

  /// A model as other software leaves it in the cache: links to blobs.
  private Path place(String name, String ref) throws IOException {
    Path repository = cache.repository(name);
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(COMMIT));
    Path blobs = Files.createDirectories(repository.resolve("blobs"));
    Path model = TestCheckpoint.directory(root, parts -> parts);
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(model.resolve(file), blobs.resolve("blob-of-" + file));
      Files.createSymbolicLink(
          snapshot.resolve(file), Path.of("..", "..", "blobs", "blob-of-" + file));
    }
    Path refs = Files.createDirectories(repository.resolve("refs").resolve(ref).getParent());
    Files.writeString(refs.resolve(Path.of(ref).getFileName()), COMMIT);
    return snapshot;
  }

  private LoadedModel open(String argument) {
    return Models.open(argument, new ModelFinder(root.resolve("cache"), cache));
  }

  @Test
  void aModelIsOpenedByItsName() throws IOException {
    Path snapshot = place("owner/tiny", "main");
    try (LoadedModel model = open("owner/tiny")) {
      assertEquals(snapshot, model.directory());
      assertEquals("owner/tiny", model.name());
      assertTrue(TestCheckpoint.holds(model, TestCheckpoint.values(TestCheckpoint.SHAPE, 1)));
    }
  }

  @Test
  void aRevisionIsABranchATagOrACommit() throws IOException {
    Path snapshot = place("owner/tiny", "refs/pr/1");
    assertEquals(Optional.of(snapshot), cache.snapshot("owner/tiny", "refs/pr/1"));
    assertEquals(Optional.of(snapshot), cache.snapshot("owner/tiny", COMMIT));
    assertEquals(Optional.empty(), cache.snapshot("owner/tiny", "main"));
    open("owner/tiny@" + COMMIT).close();
  }

  @Test
  void gpt2HasItsOldAndItsNewName() throws IOException {
    Path old = place("gpt2", "main");
    assertEquals(Optional.of(old), cache.snapshot("openai-community/gpt2", "main"));
    Path owned = place("openai-community/gpt2-xl", "main");
    assertEquals(Optional.of(owned), cache.snapshot("gpt2-xl", "main"));
  }

  @Test
  void aRefThatHoldsNoCommitLeadsNowhere() throws IOException {
    place("owner/tiny", "main");
    Path ref = cache.repository("owner/tiny").resolve("refs").resolve("main");
    for (String content : List.of("", "../../..", COMMIT + COMMIT, "main")) {
      Files.writeString(ref, content);
      assertEquals(Optional.empty(), cache.snapshot("owner/tiny", "main"));
    }
  }

  @Test
  void aModelThatIsNotThereNamesTheCommandThatFetchesIt() {
    String message =
        String.valueOf(assertThrows(ModelException.class, () -> open("gpt2-large")).getMessage());
    assertTrue(message.endsWith("./lockstep download gpt2-large"), message);
    assertTrue(message.contains(root.toString()), message);
    String other =
        String.valueOf(assertThrows(ModelException.class, () -> open("a/b@v2")).getMessage());
    assertTrue(other.endsWith("./lockstep download a/b --revision v2"), other);
  }

  @Test
  void aMessageStaysOnOneLineWhateverTheArgument() {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> open("a\n\u001B[31mb")).getMessage());
    assertTrue(message.startsWith("model 'a??[31mb'"), message);
  }

  @Test
  void anIncompleteSnapshotNamesTheCommandToo() throws IOException {
    Path snapshot = place("owner/tiny", "main");
    Files.delete(snapshot.resolve("model.safetensors"));
    String message =
        String.valueOf(assertThrows(ModelException.class, () -> open("owner/tiny")).getMessage());
    assertTrue(message.startsWith(snapshot.toString()), message);
    assertTrue(message.endsWith("./lockstep download owner/tiny"), message);
  }

  @Test
  void modelsInTheCacheAreKnownAndUnusableOnesSayWhy() throws IOException {
    place("owner/tiny", "main");
    Path other = place("owner/llama", "main");
    Files.delete(other.resolve("config.json"));
    Files.writeString(other.resolve("config.json"), "{\"model_type\":\"llama\"}");
    List<KnownModel> known = new ModelFinder(root.resolve("cache"), cache).known();
    assertEquals("shakespeare", known.getFirst().argument());
    KnownModel llama = known.get(known.size() - 2);
    KnownModel tiny = known.getLast();
    assertEquals("owner/llama", llama.argument());
    assertFalse(llama.present());
    assertTrue(llama.note().contains("llama"), llama.note());
    assertEquals("owner/tiny", tiny.argument());
    assertTrue(tiny.present());
  }
}
