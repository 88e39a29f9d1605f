package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Downloads through a proxy, and without a network.
class ProxyDownloadTest extends HubCase {
  private static final byte TLS_HANDSHAKE = 0x16;

  private LoopbackProxy proxy;

  @BeforeEach
  void startProxy() throws IOException {
    proxy = new LoopbackProxy(hub.endpoint());
  }

  @AfterEach
  void stopProxy() throws IOException {
    proxy.close();
  }

  private String refusal(String endpoint) {
    HubSettings local = settings("hf_secret", null);
    HubSettings settings =
        new HubSettings(
            URI.create(endpoint),
            local.token(),
            new Proxies(new Environment(proxies, null)),
            cache,
            null,
            2,
            Duration.ofSeconds(30),
            Duration.ofMillis(1));
    HubDownload download = new HubDownload(settings, recorder());
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> download.fetch(FakeHub.NAME, "main"))
                .getMessage());
    assertFalse(message.contains("\n"), message);
    assertFalse(message.contains("hf_secret"), message);
    assertFalse(message.contains("Exception"), message);
    return message;
  }

  @Test
  void aModelIsFetchedThroughAProxy() throws IOException {
    proxies.put("http_proxy", proxy.address());
    Path snapshot = fetch();
    assertArrayEquals(weights, Files.readAllBytes(snapshot.resolve(WEIGHTS)));
    assertTrue(proxy.requests.size() > 3, proxy.requests.toString());
    assertTrue(
        proxy.requests.stream().allMatch(line -> line.contains(" http://")),
        proxy.requests.toString());
  }

  @Test
  void hostsOfNoProxyAreReachedDirectly() {
    proxies.put("http_proxy", proxy.address());
    proxies.put("no_proxy", "127.0.0.1");
    fetch();
    assertFalse(proxy.requests.isEmpty());
    assertTrue(
        proxy.requests.stream().allMatch(line -> line.contains(" http://localhost:")),
        proxy.requests.toString());
  }

  @Test
  void httpsGoesThroughATunnel() {
    proxies.put("HTTPS_PROXY", proxy.address());
    String message = refusal("https://hub.invalid");
    assertEquals("CONNECT hub.invalid:443 HTTP/1.1", proxy.requests.getFirst());
    assertEquals(TLS_HANDSHAKE, proxy.tunnelled.getFirst());
    assertTrue(message.contains("hub.invalid"), message);
  }

  @Test
  void credentialsAreSentToTheProxyAndNotShown() throws IOException {
    proxy.required = "Basic " + "dXNlcjpwQHNz"; // user:p@ss
    proxies.put("http_proxy", "http://user:p%40ss@127.0.0.1:" + proxy.port());
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
    proxies.put("https_proxy", "http://user:p%40ss@127.0.0.1:" + proxy.port());
    proxy.requests.clear();
    String message = refusal("https://hub.invalid");
    assertFalse(message.contains("p%40ss") || message.contains("p@ss"), message);
    assertEquals(1, proxy.requests.stream().distinct().count());
    assertEquals(TLS_HANDSHAKE, proxy.tunnelled.getFirst());
  }

  @Test
  void aProxyThatAsksForCredentialsIsNamed() {
    proxy.required = "Basic x";
    proxies.put("HTTPS_PROXY", proxy.address());
    String message = refusal("https://hub.invalid");
    assertTrue(message.contains("asks for credentials; set HTTPS_PROXY=http://USER"), message);
    proxies.put("https_proxy", "user:wrong@127.0.0.1:" + proxy.port());
    message = refusal("https://hub.invalid");
    assertTrue(message.contains("does not accept these credentials; set https_proxy="), message);
    assertFalse(message.contains("wrong"), message);
  }

  @Test
  void aProxyThatRefusesATunnelIsNamed() {
    proxy.answer = "403 Forbidden";
    proxies.put("ALL_PROXY", proxy.address());
    String message = refusal("https://hub.invalid");
    assertTrue(message.contains("the proxy 127.0.0.1:" + proxy.port() + " of ALL_PROXY"), message);
    assertTrue(message.contains("403"), message);
    assertTrue(message.endsWith("check ALL_PROXY"), message);
  }

  @Test
  void aProxyThatIsNotThereIsNamed() throws IOException {
    proxies.put("HTTPS_PROXY", "http://127.0.0.1:" + unusedPort());
    String message = refusal("https://hub.invalid");
    assertTrue(message.contains("of HTTPS_PROXY cannot be reached"), message);
    assertTrue(message.endsWith("check HTTPS_PROXY"), message);
  }

  @Test
  void aHubThatCannotBeReachedIsNamedWithWhatToSet() throws IOException {
    int port = unusedPort();
    String message = refusal("http://127.0.0.1:" + port);
    assertTrue(message.contains("127.0.0.1:" + port + " cannot be reached: "), message);
    assertTrue(message.contains("HTTPS_PROXY") && message.contains("HF_ENDPOINT"), message);
    assertTrue(message.contains("name it with -m"), message);
  }

  @Test
  void aHostThatNobodyKnowsIsNamed() {
    String message = refusal("https://hub.invalid");
    assertTrue(message.contains("hub.invalid cannot be reached: no such host"), message);
  }

  @Test
  void aConnectionThatBreaksNamesItsHost() throws IOException {
    hub.lieAlways(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 10));
    assertRefused(WEIGHTS, "localhost");
  }

  private static int unusedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
