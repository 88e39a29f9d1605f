package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import dev.lockstep.model.ModelException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {
  private static final URI HTTPS = URI.create("https://huggingface.co/gpt2");
  private static final URI HTTP = URI.create("http://mirror.example/gpt2");

  private static Proxies proxies(Map<String, String> variables) {
    return new Proxies(new Environment(variables, null));
  }

  private static String of(URI uri, Map<String, String> variables) {
    return proxies(variables).leadingTo(uri).map(Proxies.HttpProxy::hostAndPort).orElse("direct");
  }

  @Test
  void theSchemeOfTheAddressChoosesTheVariable() {
    Map<String, String> both = Map.of("HTTPS_PROXY", "http://s:1", "HTTP_PROXY", "http://p:2");
    assertEquals("s:1", of(HTTPS, both));
    assertEquals("p:2", of(HTTP, both));
    assertEquals("direct", of(HTTPS, Map.of("HTTP_PROXY", "http://p:2")));
    assertEquals("a:3", of(HTTPS, Map.of("HTTP_PROXY", "http://p:2", "ALL_PROXY", "http://a:3")));
    assertEquals("a:3", of(HTTP, Map.of("all_proxy", "http://a:3")));
    assertEquals("direct", of(HTTPS, Map.of()));
    assertNull(proxies(Map.of("HTTPS_PROXY", "", "no_proxy", "*")).selector());
    assertNotNull(proxies(both).selector());
  }

  @Test
  void smallLettersWinAndEmptyOnesMeanNoProxy() {
    assertEquals("a:1", of(HTTPS, Map.of("https_proxy", "a:1", "HTTPS_PROXY", "b:1")));
    assertEquals("direct", of(HTTPS, Map.of("https_proxy", "", "HTTPS_PROXY", "b:1")));
    assertEquals("c:1", of(HTTPS, Map.of("HTTPS_PROXY", "", "ALL_PROXY", "c:1")));
  }

  @ParameterizedTest
  @CsvSource({
    "http://proxy.example:3128, proxy.example:3128",
    "http://proxy.example:3128/, proxy.example:3128",
    "HTTP://proxy.example:3128, proxy.example:3128",
    "proxy.example:3128, proxy.example:3128",
    "http://proxy.example, proxy.example:80",
    "http://user:pass@proxy.example:3128, proxy.example:3128",
    "user:p@ss/w#rd@proxy.example:3128, proxy.example:3128",
    "http://[::1]:3128, [::1]:3128"
  })
  void aProxyIsWrittenInManyWays(String value, String expected) {
    assertEquals(expected, of(HTTPS, Map.of("https_proxy", value)));
  }

  @ParameterizedTest
  @CsvSource({
    "user:pass@p, user:pass",
    "user@p, user:",
    "us%40er:p%3Ass@p, us@er:p:ss",
    "user:100%@p, user:100%",
    "user:a+b@p, user:a+b",
    "user:p@ss@p, user:p@ss"
  })
  void credentialsAreDecoded(String value, String expected) {
    Proxies.HttpProxy proxy = proxies(Map.of("https_proxy", value)).leadingTo(HTTPS).orElseThrow();
    String basic = Base64.getEncoder().encodeToString(expected.getBytes(StandardCharsets.UTF_8));
    assertEquals("Basic " + basic, proxy.authorization());
    assertFalse(proxy.toString().contains("Basic"), proxy.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "socks5://u:secret@p:1080",
        "socks5h://p:1080",
        "https://u:secret@p",
        "http://u:secret@",
        "http://u:secret@p:x",
        "http://p:70000"
      })
  void aProxyThatCannotBeUsedIsRefusedWithoutItsPassword(String value) {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> of(HTTPS, Map.of("HTTPS_PROXY", value)))
                .getMessage());
    assertTrue(message.startsWith("HTTPS_PROXY is '"), message);
    assertFalse(message.contains("secret"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "huggingface.co",
        ".huggingface.co",
        "*.huggingface.co",
        "HuggingFace.CO",
        "co",
        "a.example, huggingface.co",
        "a.example huggingface.co",
        "huggingface.co:443",
        "huggingface.co."
      })
  void noProxyNamesAHostItselfOrWhatItIsBelow(String list) {
    assertEquals("direct", of(HTTPS, Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", list)));
    assertEquals("direct", of(HTTPS, Map.of("HTTPS_PROXY", "p:1", "no_proxy", list)));
    URI store = URI.create("https://cdn.huggingface.co/x");
    assertEquals("direct", of(store, Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", list)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "ggingface.co",
        "huggingface.com",
        "huggingface.co:80",
        "10.0.0.0/8",
        "."
      })
  void noProxyLeavesOtherHostsAlone(String list) {
    assertEquals("p:1", of(HTTPS, Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", list)));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 10.0.0.0/8, direct",
    "10.1.2.3, 10.1.2.3, direct",
    "10.1.2.3, 10.1.2.3:8080, direct",
    "10.1.2.3, 10.1.2.3:80, p:1",
    "10.1.2.3, 11.0.0.0/8, p:1",
    "10.1.2.3, 10.1.2.0/31, p:1",
    "10.1.2.3, 10.1.2.2/31, direct",
    "10.1.2.3, 10.0.0.0/x, p:1",
    "10.1.2.3, 10.0.0.0/33, p:1",
    "10.1.2.3, fe80::/10, p:1",
    "[fe80::1], fe80::/10, direct",
    "[::1], ::1, direct",
    "[::1], [::1]:8080, direct",
    "10.1.2.3, 2.3, p:1"
  })
  void noProxyNamesAddresses(String host, String list, String expected) {
    URI uri = URI.create("http://" + host + ":8080/x");
    assertEquals(expected, of(uri, Map.of("HTTP_PROXY", "p:1", "NO_PROXY", list)));
  }
}
