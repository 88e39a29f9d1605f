package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Downloads that come to an end, at once or after failures, or are given up.
class HubDownloadTest extends HubCase {
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
  void theTokenizersFilesAreFetched() {
    List<String> names =
        List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json");
    names.forEach(name -> hub.put(name, "{}".getBytes(StandardCharsets.UTF_8)));
    Path snapshot = fetch();
    names.forEach(name -> assertTrue(Files.isRegularFile(snapshot.resolve(name)), name));
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
            settings(null, null),
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
    HubDownload offline = new HubDownload(settings(null, "HF_HUB_OFFLINE"), recorder());
    assertThrows(ModelException.class, () -> offline.fetch(FakeHub.NAME, "main"));
    assertEquals(List.of(), hub.requests);
    Path snapshot = fetch();
    hub.requests.clear();
    assertEquals(snapshot, offline.fetch(FakeHub.NAME, "main"));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void brokenLinksAreMendedWithoutFetchingAgain() throws IOException {
    Path snapshot = fetch();
    Files.delete(snapshot.resolve(WEIGHTS));
    Files.createSymbolicLink(snapshot.resolve(WEIGHTS), Path.of("hub/blobs/elsewhere"));
    hub.requests.clear();
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
    assertEquals(0, hub.count("GET localhost"));
  }

  @Test
  void aModelThatTheHubDoesNotHaveGetsTheNearName() {
    hub.lieAlways("/api/models/gtp2/revision/main", FakeHub.status(401));
    String message = refusal("gtp2");
    assertTrue(message.endsWith("did you mean 'gpt2'?"), message);
  }

  @Test
  void whatIsMadeOnThisMachineNeedsNoDownload() {
    assertTrue(refusal("shakespeare").contains("'shakespeare' needs no download"));
    assertTrue(refusal("synthetic:gpt2").contains("needs no download"));
    assertTrue(
        refusal("gpt2@v1").endsWith("./lockstep download gpt2 --revision v1"), refusal("gpt2@v1"));
    assertEquals(List.of(), hub.requests);
  }

  private String refusal(String name) {
    HubDownload download = new HubDownload(settings(null, null), recorder());
    return String.valueOf(
        assertThrows(ModelException.class, () -> download.fetch(name, "main")).getMessage());
  }
}
