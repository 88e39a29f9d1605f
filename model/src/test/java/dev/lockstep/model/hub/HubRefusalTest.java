package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import dev.lockstep.model.ModelException;
import dev.lockstep.model.hub.FakeHub.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A hub that lies in every way there is: refused, and nothing is left that looks like a model.
class HubRefusalTest extends HubCase {
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
    HubSettings settings =
        HubSettings.of(new Environment(Map.of("HF_ENDPOINT", "https://hub.example"), null));
    try (HubClient client = new HubClient(settings)) {
      URI store = URI.create("https://store.example/x");
      assertEquals(store, client.target(file, file, store.toString()));
      assertEquals(file, client.target(file, store, file.toString()));
      assertThrows(ModelException.class, () -> client.target(file, file, "http://store.example/x"));
    }
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

  @ParameterizedTest
  @ValueSource(
      strings = {"../../evil.safetensors", "/evil.safetensors", "evil/../x.safetensors", "x.bin"})
  void anIndexThatLeadsElsewhereIsRefused(String shard) throws IOException {
    hub.remove(WEIGHTS);
    String index = "{\"weight_map\":{\"x\":\"" + shard + "\"}}";
    hub.put("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
    assertRefused("beside the index");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "..", "a/b/c", "a/..", "../a", "a b", "a--b", "/a", "a/", "a?b", "%2e"})
  void aNameThatCannotBeIsRefused(String name) {
    HubDownload download = new HubDownload(settings(null, null), recorder());
    assertThrows(ModelException.class, () -> download.fetch(name, "main"));
    assertEquals(List.of(), hub.requests);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/../b", "a b", "/a", "-x", "a//b", "a?b"})
  void aRevisionThatCannotBeIsRefused(String revision) {
    HubDownload download = new HubDownload(settings(null, null), recorder());
    assertThrows(ModelException.class, () -> download.fetch(FakeHub.NAME, revision));
    assertEquals(List.of(), hub.requests);
  }
}
