package dev.lockstep.model.hub;

import dev.lockstep.api.Environment;
import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The proxy variables, which Java ignores, with the meaning that curl and Python give them:
/// `https_proxy` or `http_proxy` by the scheme of the address, else `all_proxy`, each also in
/// capitals, where small letters win and an empty value in them means no proxy; `no_proxy` names
/// the hosts that are reached directly.
final class Proxies {
  private final Environment environment;

  /// @param authorization the value of `Proxy-Authorization`, or null
  record HttpProxy(String variable, String host, int port, @Nullable String authorization) {
    String hostAndPort() {
      return host + ":" + port;
    }

    /// Without the credentials.
    @Override
    public String toString() {
      return "the proxy %s of %s".formatted(hostAndPort(), variable);
    }
  }

  Proxies(Environment environment) {
    this.environment = environment;
  }

  /// The proxy through which an address is reached, if it is not reached directly.
  ///
  /// @throws ModelException if its variable names none that can be used
  Optional<HttpProxy> leadingTo(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    return variableFor(scheme)
        .filter(variable -> !isDirect(uri))
        .map(variable -> parse(variable, environment.variable(variable).orElseThrow()));
  }

  /// The variable in force: one that is set and not empty.
  private Optional<String> variableFor(String scheme) {
    for (String name : List.of(scheme + "_proxy", "all_proxy")) {
      String capitals = name.toUpperCase(Locale.ROOT);
      if (environment.variables().containsKey(name)) {
        return environment.variable(name).map(value -> name);
      }
      if (environment.variable(capitals).isPresent()) {
        return Optional.of(capitals);
      }
    }
    return Optional.empty();
  }

  private boolean isDirect(URI uri) {
    String list =
        environment.variable("no_proxy").or(() -> environment.variable("NO_PROXY")).orElse("");
    return Arrays.stream(list.split("[,\\s]+"))
        .filter(entry -> !entry.isEmpty())
        .anyMatch(entry -> new DirectHost(entry).matches(uri));
  }

  private static HttpProxy parse(String variable, String value) {
    int colon = value.indexOf("://");
    String scheme = colon < 0 ? "http" : value.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = colon < 0 ? value : value.substring(colon + 3);
    int at = rest.lastIndexOf('@'); // a password may hold one that nobody has encoded
    String address = rest.substring(at + 1).replaceFirst("[/?#].*", "");
    if (!scheme.equals("http")) {
      throw new ModelException(
          "%s is '%s://%s': only http proxies can be used; name one as http://HOST:PORT"
              .formatted(variable, scheme, address));
    }
    URI parsed;
    try {
      parsed = URI.create("http://" + address);
    } catch (IllegalArgumentException e) {
      throw malformed(variable, address);
    }
    if (parsed.getHost() == null || parsed.getPort() > 0xFFFF) {
      throw malformed(variable, address);
    }
    return new HttpProxy(
        variable,
        parsed.getHost(),
        parsed.getPort() < 0 ? 80 : parsed.getPort(),
        at < 0 ? null : authorization(rest.substring(0, at)));
  }

  private static ModelException malformed(String variable, String address) {
    return new ModelException(
        "%s is 'http://%s': it must be http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
            .formatted(variable, address));
  }

  private static String authorization(String credentials) {
    int colon = credentials.indexOf(':');
    String user = credentials.substring(0, colon < 0 ? credentials.length() : colon);
    String password = colon < 0 ? "" : credentials.substring(colon + 1);
    byte[] pair = (decoded(user) + ":" + decoded(password)).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text; // a lone percent sign that nobody has encoded
    }
  }

  /// For the HTTP client; null if no variable names a proxy, and Java's own properties apply.
  @Nullable ProxySelector selector() {
    if (variableFor("https").isEmpty() && variableFor("http").isEmpty()) {
      return null;
    }
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        return List.of(
            leadingTo(uri)
                .map(proxy -> InetSocketAddress.createUnresolved(proxy.host(), proxy.port()))
                .map(address -> new Proxy(Proxy.Type.HTTP, address))
                .orElse(Proxy.NO_PROXY));
      }

      @Override
      public void connectFailed(URI uri, SocketAddress address, IOException e) {}
    };
  }

  /// An entry of `no_proxy`: `*`, a name that stands for all names below it too, with or without a
  /// dot or `*.` before it, an address, or a block of addresses; perhaps with a port.
  private record DirectHost(String entry) {
    boolean matches(URI uri) {
      String host = unbracketed(String.valueOf(uri.getHost())).replaceFirst("\\.$", "");
      String name = entry.toLowerCase(Locale.ROOT);
      int colon = name.lastIndexOf(':');
      boolean hasPort = colon > 0 && (name.indexOf(':') == colon || name.charAt(colon - 1) == ']');
      if (hasPort) {
        if (!name.substring(colon + 1).equals(Integer.toString(port(uri)))) {
          return false;
        }
        name = name.substring(0, colon);
      }
      name = unbracketed(name);
      if (name.equals("*")) {
        return true;
      }
      Optional<InetAddress> address = literal(host);
      if (address.isPresent()) {
        return isInBlock(address.get(), name);
      }
      String suffix = name.replaceFirst("^\\*?\\.", "").replaceFirst("\\.$", "");
      String lower = host.toLowerCase(Locale.ROOT);
      return !suffix.isEmpty() && (lower.equals(suffix) || lower.endsWith("." + suffix));
    }

    private static int port(URI uri) {
      if (uri.getPort() >= 0) {
        return uri.getPort();
      }
      return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private static String unbracketed(String host) {
      return host.startsWith("[") && host.endsWith("]")
          ? host.substring(1, host.length() - 1)
          : host;
    }

    private static boolean isInBlock(InetAddress address, String block) {
      int slash = block.indexOf('/');
      Optional<InetAddress> first = literal(slash < 0 ? block : block.substring(0, slash));
      if (first.isEmpty()) {
        return false;
      }
      byte[] a = address.getAddress();
      byte[] b = first.get().getAddress();
      String length = slash < 0 ? Integer.toString(8 * b.length) : block.substring(slash + 1);
      return length.matches("[0-9]{1,3}") && agree(a, b, Integer.parseInt(length));
    }

    private static boolean agree(byte[] a, byte[] b, int bits) {
      if (a.length != b.length || bits > 8 * a.length) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) {
          return false;
        }
      }
      return true;
    }

    /// An address that is written as one; no name is looked up.
    private static Optional<InetAddress> literal(String text) {
      try {
        return Optional.of(InetAddress.ofLiteral(text));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }
}
