package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.model.HubCache;
import dev.lockstep.model.ModelException;
import dev.lockstep.model.hub.FakeHub.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Downloads from a hub that fails and lies in every way there is.
class HubDownloadTest {
  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG =
      "{\"n_layer\":1,\"n_head\":1,\"n_embd\":1,\"n_positions\":1,\"vocab_size\":1}";
  private static final int ATTEMPTS = 3;

  @TempDir Path root;

  private final List<String> events = new ArrayList<>();
  private final byte[] weights = new byte[100_000];
  private FakeHub hub;
  private HubCache cache;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(weights);
    hub = new FakeHub();
    hub.put("config.json", CONFIG.getBytes(StandardCharsets.UTF_8));
    hub.put("vocab.json", "{}".getBytes(StandardCharsets.UTF_8));
    hub.put("merges.txt", new byte[0]);
    hub.put("pytorch_model.bin", new byte[5]);
    hub.put("../../evil.safetensors", new byte[5]);
    hub.put(WEIGHTS, weights);
    cache = new HubCache(root.resolve("hub"));
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  /// Long enough that no slow machine takes a working server for a silent one; the tests of silence
  /// have less.
  private Duration stallTimeout = Duration.ofSeconds(30);

  private HubSettings settings(@Nullable String token, boolean offline) {
    return new HubSettings(
        hub.endpoint(), token, cache, offline, ATTEMPTS, stallTimeout, Duration.ofMillis(1));
  }

  private Path fetch() {
    return new HubDownload(settings("hf_secret", false), recorder()).fetch(FakeHub.NAME, "main");
  }

  private DownloadProgress recorder() {
    return new DownloadProgress() {
      @Override
      public void started(String file, long presentBytes, long totalBytes) {
        events.add("started %s %d/%d".formatted(file, presentBytes, totalBytes));
      }

      @Override
      public void finished(String file, boolean fetched) {
        events.add("finished %s %s".formatted(file, fetched));
      }

      @Override
      public void retrying(String what, String reason, Duration delay) {
        events.add("retrying " + what + ": " + reason);
      }
    };
  }

  /// Refused in one line, and neither this program nor others see a model.
  private void assertRefused(String... saying) throws IOException {
    String message = String.valueOf(assertThrows(ModelException.class, this::fetch).getMessage());
    assertFalse(message.contains("\n"), message);
    for (String words : saying) {
      assertTrue(message.contains(words), message);
    }
    assertFalse(message.contains("hf_secret"), message);
    assertTrue(cache.snapshot(FakeHub.NAME, "main").isEmpty());
    assertFalse(Files.exists(cache.repository(FakeHub.NAME).resolve("refs")));
    assertFalse(Files.exists(cache.repository(FakeHub.NAME).resolve("snapshots")));
    try (Stream<Path> all = Files.walk(root)) {
      assertTrue(all.noneMatch(path -> path.toString().contains("evil")));
    }
  }

  @Test
  void aModelIsPlacedInTheCachesLayout() throws IOException {
    Path snapshot = fetch();
    Path repository = root.resolve("hub").resolve("models--owner--tiny");
    assertEquals(repository.resolve("snapshots").resolve(FakeHub.COMMIT), snapshot);
    assertEquals(FakeHub.COMMIT, Files.readString(repository.resolve("refs").resolve("main")));
    Path link = snapshot.resolve(WEIGHTS);
    assertEquals(
        Path.of("..", "..", "blobs", FakeHub.hash(weights, 64)), Files.readSymbolicLink(link));
    assertArrayEquals(weights, Files.readAllBytes(link));
    assertEquals(CONFIG, Files.readString(snapshot.resolve("config.json")));
    try (Stream<Path> files = Files.list(snapshot)) {
      assertEquals(
          List.of("config.json", "merges.txt", "model.safetensors", "vocab.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    try (Stream<Path> blobs = Files.list(repository.resolve("blobs"))) {
      assertTrue(blobs.allMatch(blob -> blob.getFileName().toString().matches("[0-9a-f]+")));
    }
    assertEquals(snapshot, cache.snapshot(FakeHub.NAME, "main").orElseThrow());
    assertEquals(List.of(FakeHub.NAME), cache.names());
  }

  @Test
  void onlyKnownFilesAreAskedFor() {
    fetch();
    assertEquals(
        0, hub.requests.stream().filter(r -> r.contains(".bin") || r.contains("evil")).count());
  }

  @Test
  void theTokenIsSentToTheHubAndNotToTheStore() {
    fetch();
    assertTrue(hub.count("GET localhost") > 0);
    for (String request : hub.requests) {
      assertEquals(request.contains(" 127.0.0.1 "), request.endsWith("authorized"), request);
    }
  }

  @Test
  void whatIsThereIsNotFetchedAgain() {
    fetch();
    events.clear();
    hub.requests.clear();
    fetch();
    assertEquals(1, hub.requests.stream().filter(request -> request.startsWith("GET")).count());
    assertTrue(events.contains("finished model.safetensors false"), events.toString());
  }

  @Test
  void aTruncatedDownloadIsContinued() throws IOException {
    hub.lieOnce(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 60_000));
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
    assertEquals(1, hub.count("GET localhost /store/model.safetensors bytes="));
    assertTrue(
        events.stream().anyMatch(e -> e.matches("started model.safetensors [1-9][0-9]*/100000")),
        events.toString());
  }

  @Test
  void aDownloadThatIsNotContinuedBeginsAgain() throws IOException {
    hub.lieOnce(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 60_000));
    hub.lieOnce(FakeHub.blob(WEIGHTS), exchange -> FakeHub.send(exchange, 200, weights));
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
  }

  @Test
  void aBrokenRestOfAnEarlierDownloadIsNotBelieved() throws IOException {
    Path blobs = cache.repository(FakeHub.NAME).resolve("blobs");
    Files.createDirectories(blobs);
    String etag = FakeHub.hash(weights, 64);
    Files.write(blobs.resolve(etag + ".lockstep-incomplete"), new byte[50_000]);
    Files.write(blobs.resolve(FakeHub.hash(new byte[0], 40) + ".lockstep-incomplete"), new byte[9]);
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
  }

  @Test
  void aConnectionThatStallsIsTriedAgain() throws IOException {
    stallTimeout = Duration.ofSeconds(1);
    hub.lieOnce(FakeHub.blob(WEIGHTS), hub.stalling(WEIGHTS, 10));
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
    assertTrue(events.toString().contains("no data for 1000 ms"), events.toString());
  }

  @Test
  void aConnectionThatAlwaysStallsIsGivenUp() throws IOException {
    stallTimeout = Duration.ofSeconds(1);
    hub.lieAlways(FakeHub.blob(WEIGHTS), hub.stalling(WEIGHTS, 0));
    assertRefused(WEIGHTS, "no data", "3 attempts");
  }

  @Test
  void aConnectionThatAlwaysBreaksIsGivenUp() throws IOException {
    hub.lieAlways(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 0));
    assertRefused(WEIGHTS, "3 attempts");
  }

  @Test
  void aWrongChecksumIsRefused() throws IOException {
    hub.claimEtag(WEIGHTS, "a".repeat(64));
    assertRefused(WEIGHTS, "checksum " + "a".repeat(64));
  }

  @Test
  void aWrongChecksumOfASmallFileIsRefused() throws IOException {
    hub.claimEtag("config.json", "b".repeat(40));
    assertRefused("config.json", "checksum");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "../../../../evil", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void somethingThatIsNoChecksumIsRefused(String etag) throws IOException {
    hub.claimEtag(WEIGHTS, etag);
    assertRefused(WEIGHTS, "no length and checksum");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 99_999, 100_001, -1})
  void aWrongLengthIsRefused(long bytes) throws IOException {
    hub.claimSize(WEIGHTS, bytes);
    assertRefused(WEIGHTS);
  }

  @Test
  void aLengthThatTheDiskCannotHoldIsRefusedBeforeAnythingIsFetched() throws IOException {
    hub.claimSize(WEIGHTS, 1L << 60);
    assertRefused("1152921504606846976 bytes", "HF_HUB_CACHE");
    assertEquals(0, hub.count("GET localhost"));
  }

  @Test
  void anEndlessSmallFileIsRefused() throws IOException {
    hub.lieAlways(
        FakeHub.resolve("vocab.json"),
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"" + "c".repeat(40) + "\"");
          exchange.getResponseHeaders().set("Content-Length", Long.toString(1L << 40));
          exchange.sendResponseHeaders(200, -1);
        });
    assertRefused("vocab.json", "limit");
  }

  @Test
  void moreBytesThanAnnouncedAreRefused() throws IOException {
    hub.lieAlways(
        FakeHub.blob(WEIGHTS),
        exchange -> {
          exchange.sendResponseHeaders(200, 0); // Chunked, without a length.
          exchange.getResponseBody().write(new byte[200_000]);
        });
    assertRefused(WEIGHTS, "more than the 100000 bytes");
  }

  @Test
  void aLoopOfRedirectsIsRefused() throws IOException {
    Answer loop = exchange -> FakeHub.redirect(exchange, exchange.getRequestURI().toString());
    hub.lieAlways(FakeHub.listing(), loop);
    assertRefused("redirects more than 10 times");
    assertTrue(hub.requests.size() <= 11);
  }

  @Test
  void aLoopOfRedirectsOfAFileIsRefused() throws IOException {
    Answer loop = exchange -> FakeHub.redirect(exchange, exchange.getRequestURI().toString());
    hub.lieAlways(FakeHub.resolve("vocab.json"), loop);
    assertRefused("vocab.json", "redirects more than 10 times");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://localhost/x", "", "http:", ":::"})
  void aRedirectToSomewhereElseIsRefused(String location) throws IOException {
    hub.lieAlways(FakeHub.listing(), exchange -> FakeHub.redirect(exchange, location));
    assertRefused("redirects to");
  }

  @Test
  void aRedirectFromHttpsToHttpIsRefused() {
    URI file = URI.create("https://hub.example/config.json");
    HubSettings settings = HubSettings.of(Map.of("HF_ENDPOINT", "https://hub.example"), cache);
    try (HubClient client = new HubClient(settings)) {
      URI store = URI.create("https://store.example/x");
      assertEquals(store, client.target(file, file, store.toString()));
      assertEquals(file, client.target(file, store, file.toString()));
      assertThrows(ModelException.class, () -> client.target(file, file, "http://store.example/x"));
    }
  }

  @Test
  void aRangeThatIsRefusedBeginsAgain() throws IOException {
    hub.lieOnce(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 60_000));
    hub.lieOnce(FakeHub.blob(WEIGHTS), FakeHub.status(416));
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
  }

  @Test
  void aRenamedRepositoryIsFollowed() {
    String elsewhere = "/renamed/tiny/resolve/" + FakeHub.COMMIT + "/config.json";
    hub.lieAlways(
        FakeHub.resolve("config.json"), exchange -> FakeHub.redirect(exchange, elsewhere));
    assertTrue(Files.exists(fetch().resolve("config.json")));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aRefusalOfAccessIsFinalAndNamesTheToken(int status) throws IOException {
    hub.lieAlways(FakeHub.listing(), FakeHub.status(status));
    assertRefused("HTTP " + status, "HF_TOKEN");
    assertEquals(1, hub.requests.size());
  }

  @Test
  void whatDoesNotExistIsFinal() throws IOException {
    hub.lieAlways(FakeHub.listing(), FakeHub.status(404));
    assertRefused("404", "no such model");
    assertEquals(1, hub.requests.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void aFailureThatMayPassIsTriedAgain(int status) {
    hub.lieOnce(FakeHub.listing(), FakeHub.status(status));
    hub.lieOnce(FakeHub.resolve("vocab.json"), FakeHub.status(status));
    hub.lieOnce(FakeHub.blob(WEIGHTS), FakeHub.status(status));
    fetch();
    assertEquals(3, events.stream().filter(event -> event.contains("HTTP " + status)).count());
  }

  @Test
  void aFailureThatDoesNotPassIsGivenUp() throws IOException {
    hub.lieAlways(FakeHub.listing(), FakeHub.status(503));
    assertRefused("HTTP 503", "3 attempts");
    assertEquals(ATTEMPTS, hub.requests.size());
  }

  @Test
  void theServersWishToBeLeftAloneIsHeard() {
    hub.lieOnce(
        FakeHub.listing(),
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "1");
          FakeHub.send(exchange, 429, new byte[0]);
        });
    List<Duration> delays = new ArrayList<>();
    new HubDownload(
            settings(null, false),
            new DownloadProgress() {
              @Override
              public void retrying(String what, String reason, Duration delay) {
                delays.add(delay);
              }
            })
        .fetch(FakeHub.NAME, "main");
    assertEquals(List.of(Duration.ofSeconds(1)), delays);
  }

  @Test
  void aServerThatIsNotThereIsGivenUp() throws IOException {
    hub.close();
    assertRefused("3 attempts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"sha\":\"main\"}",
        "{\"sha\":\"../../../evil0123456789abcdef0123456789ab\"}",
        "{\"sha\":7,\"siblings\":3}",
        "{\"sha\":\"0123456789abcdef0123456789abcdef01234567\"}"
      })
  void aListingThatLiesIsRefused(String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    hub.lieAlways(FakeHub.listing(), exchange -> FakeHub.send(exchange, 200, bytes));
    assertRefused();
  }

  @Test
  void anEndlessListingIsRefused() throws IOException {
    hub.lieAlways(
        FakeHub.listing(),
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] spaces = new byte[1 << 20];
          java.util.Arrays.fill(spaces, (byte) ' ');
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(spaces);
          }
        });
    assertRefused("longer than");
  }

  @Test
  void aModelThatIsNotGpt2IsRefusedBeforeItsWeightsAreFetched() throws IOException {
    hub.put("config.json", "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8));
    assertRefused("not a GPT-2", "llama");
    assertEquals(0, hub.requests.stream().filter(r -> r.contains(WEIGHTS)).count());
  }

  @Test
  void aModelWithoutSafetensorsIsRefused() throws IOException {
    hub.remove(WEIGHTS);
    assertRefused("no safetensors");
  }

  @Test
  void aModelWithoutConfigIsRefused() throws IOException {
    hub.remove("config.json");
    assertRefused("no config.json");
  }

  @Test
  void shardsAreFetchedThroughTheIndex() throws IOException {
    hub.remove(WEIGHTS);
    hub.put("a.safetensors", new byte[] {1});
    hub.put("b.safetensors", new byte[] {2});
    hub.put("unrelated.safetensors", new byte[] {3});
    String index = "{\"weight_map\":{\"x\":\"b.safetensors\",\"y\":\"a.safetensors\"}}";
    hub.put("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
    Path snapshot = fetch();
    assertArrayEquals(new byte[] {2}, Files.readAllBytes(snapshot.resolve("b.safetensors")));
    assertFalse(Files.exists(snapshot.resolve("unrelated.safetensors")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../evil.safetensors", "/evil.safetensors", "evil/../x.safetensors", "x.bin"})
  void anIndexThatLeadsElsewhereIsRefused(String shard) throws IOException {
    hub.remove(WEIGHTS);
    String index = "{\"weight_map\":{\"x\":\"" + shard + "\"}}";
    hub.put("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
    assertRefused("beside the index");
  }

  @Test
  void aBrokenUpdateLeavesTheOldModel() throws IOException {
    Path old = fetch();
    hub.lieAlways(
        FakeHub.listing(),
        exchange ->
            FakeHub.send(
                exchange,
                200,
                "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"config.json\"},{\"rfilename\":\"model.safetensors\"}]}"
                    .formatted("f".repeat(40))
                    .getBytes(StandardCharsets.UTF_8)));
    byte[] changed = weights.clone();
    changed[0]++;
    hub.put(WEIGHTS, changed);
    hub.lieAlways(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 0));
    assertThrows(ModelException.class, this::fetch);
    assertEquals(old, cache.snapshot(FakeHub.NAME, "main").orElseThrow());
    assertArrayEquals(weights, Files.readAllBytes(old.resolve(WEIGHTS)));
  }

  @Test
  void offlineTheNetworkIsNotTouched() {
    HubDownload offline = new HubDownload(settings(null, true), recorder());
    assertThrows(ModelException.class, () -> offline.fetch(FakeHub.NAME, "main"));
    assertEquals(List.of(), hub.requests);
    Path snapshot = fetch();
    hub.requests.clear();
    assertEquals(snapshot, offline.fetch(FakeHub.NAME, "main"));
    assertEquals(List.of(), hub.requests);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "..", "a/b/c", "a/..", "../a", "a b", "a--b", "/a", "a/", "a?b", "%2e"})
  void aNameThatCannotBeIsRefused(String name) {
    HubDownload download = new HubDownload(settings(null, false), recorder());
    assertThrows(ModelException.class, () -> download.fetch(name, "main"));
    assertEquals(List.of(), hub.requests);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/../b", "a b", "/a", "-x", "a//b", "a?b"})
  void aRevisionThatCannotBeIsRefused(String revision) {
    HubDownload download = new HubDownload(settings(null, false), recorder());
    assertThrows(ModelException.class, () -> download.fetch(FakeHub.NAME, revision));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void settingsComeFromTheEnvironment() {
    HubSettings settings =
        HubSettings.of(
            Map.of(
                "HF_ENDPOINT",
                "https://hub.example/x/",
                "HF_TOKEN",
                " hf_a ",
                "HF_HUB_OFFLINE",
                "1"),
            cache);
    assertEquals("https://hub.example/x", settings.endpoint().toString());
    assertEquals("hf_a", settings.token());
    assertTrue(settings.offline());
    assertFalse(settings.toString().contains("hf_a"));
    for (String bad :
        new String[] {"hub.example", "file:///x", "https://", "http://a b", "https://h/?q"}) {
      assertThrows(
          ModelException.class, () -> HubSettings.of(Map.of("HF_ENDPOINT", bad), cache), bad);
    }
    assertThrows(ModelException.class, () -> HubSettings.of(Map.of("HF_TOKEN", "a\nb"), cache));
  }
}
