package dev.lockstep.model.hub;

import dev.lockstep.model.ModelException;
import dev.lockstep.model.hub.Proxies.HttpProxy;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Speaks HTTP with the hub: redirects, credentials, and what a status means.
///
/// Redirects are followed by hand, a bounded number of them, because the token must not leave the
/// hub's host, because a connection must not fall back from https to http, and because the headers
/// that describe a large file are those of the hub's redirect and not of the store it leads to.
final class HubClient implements AutoCloseable {
  private static final int MAX_REDIRECTS = 10;

  static {
    // Java sends no Basic credentials to a proxy for https unless it is told to, before its client
    // is used. They are sent to the proxy that the user has given them for.
    System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
  }

  private final HubSettings settings;
  private final HttpClient http;

  HubClient(HubSettings settings) {
    this.settings = settings;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.stallTimeout())
            .version(HttpClient.Version.HTTP_1_1);
    ProxySelector proxies = settings.proxies().selector();
    http = (proxies == null ? builder : builder.proxy(proxies)).build();
  }

  /// What the hub says about a file, without the file.
  RemoteFile describe(URI file) throws IOException, InterruptedException {
    URI current = file;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpResponse<InputStream> response = send(request(current).HEAD());
      response.body().close();
      boolean redirect = isRedirect(response.statusCode());
      if (!redirect) {
        requireOk(file, response.statusCode(), response.headers());
      }
      Optional<RemoteFile> described = RemoteFile.of(response.headers(), redirect);
      URI next = redirect ? target(file, current, response.headers()) : null;
      // A renamed repository redirects within the hub; a large file redirects away from it.
      if (next != null
          && (described.isEmpty() || !response.headers().map().containsKey("x-linked-etag"))
          && isHub(next)) {
        current = next;
        continue;
      }
      return described.orElseThrow(
          () ->
              new ModelException(
                  "%s: the server gives no length and checksum for it; is HF_ENDPOINT a hub?"
                      .formatted(file)));
    }
    throw tooManyRedirects(file);
  }

  /// The content from byte `from` on. The response is 200 or 206, or 416 if the server has nothing
  /// from there on; the caller closes its body.
  HttpResponse<InputStream> get(URI file, long from) throws IOException, InterruptedException {
    URI current = file;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpRequest.Builder request = request(current).GET();
      if (from > 0) {
        request.header("Range", String.format(Locale.ROOT, "bytes=%d-", from));
      }
      HttpResponse<InputStream> response = send(request);
      if (!isRedirect(response.statusCode())) {
        boolean rangeRefused = from > 0 && response.statusCode() == 416;
        if (!isOk(response.statusCode()) && !rangeRefused) {
          response.body().close();
          requireOk(file, response.statusCode(), response.headers());
        }
        return response;
      }
      response.body().close();
      current = target(file, current, response.headers());
    }
    throw tooManyRedirects(file);
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(settings.stallTimeout())
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "lockstep");
    if (settings.token() != null && isHub(uri)) {
      request.header("Authorization", "Bearer " + settings.token().value());
    }
    settings
        .proxies()
        .leadingTo(uri)
        .map(HttpProxy::authorization)
        .ifPresent(credentials -> request.header("Proxy-Authorization", credentials));
    return request;
  }

  private HttpResponse<InputStream> send(HttpRequest.Builder builder)
      throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    HttpProxy proxy = settings.proxies().leadingTo(request.uri()).orElse(null);
    HttpResponse<InputStream> response;
    try {
      response = http.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new Unreachable(request.uri(), proxy, e).failure();
    }
    if (response.statusCode() == 407) {
      throw proxyRefuses(proxy);
    }
    return response;
  }

  private static ModelException proxyRefuses(@Nullable HttpProxy proxy) {
    if (proxy == null) {
      return new ModelException(
          "the proxy of Java's own properties asks for credentials; set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT");
    }
    return new ModelException(
        "%s %s; set %s=http://USER:PASSWORD@%s"
            .formatted(
                proxy,
                proxy.authorization() == null
                    ? "asks for credentials"
                    : "does not accept these credentials",
                proxy.variable(),
                proxy.hostAndPort()));
  }

  private boolean isHub(URI uri) {
    URI endpoint = settings.endpoint();
    return Objects.equals(uri.getScheme(), endpoint.getScheme())
        && Objects.equals(uri.getHost(), endpoint.getHost())
        && uri.getPort() == endpoint.getPort();
  }

  private static boolean isOk(int status) {
    return status == 200 || status == 206;
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private URI target(URI file, URI current, HttpHeaders headers) {
    return target(file, current, headers.firstValue("Location").orElse(""));
  }

  /// Where a redirect leads, if it may be followed: not from https to http, and not out of HTTP.
  URI target(URI file, URI current, String location) {
    try {
      URI target = current.resolve(location);
      boolean secure = "https".equals(target.getScheme());
      boolean asTheEndpoint = Objects.equals(target.getScheme(), settings.endpoint().getScheme());
      if (!location.isEmpty() && target.getHost() != null && (secure || asTheEndpoint)) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw new ModelException("%s: the server redirects to '%s'".formatted(file, shown(location)));
  }

  private void requireOk(URI file, int status, HttpHeaders headers) throws TransientFailure {
    if (isOk(status)) {
      return;
    }
    String said =
        headers.firstValue("X-Error-Message").map(text -> " (" + shown(text) + ")").orElse("");
    switch (status) {
      case 401, 403 ->
          throw new ModelException(
              String.format(
                  Locale.ROOT,
                  "%s: HTTP %d%s: the model does not exist, or %s",
                  file,
                  status,
                  said,
                  settings.token() == null
                      ? "needs a token: set HF_TOKEN"
                      : "the token in " + settings.token().source() + " gives no access to it"));
      case 404 ->
          throw new ModelException(
              "%s: HTTP 404%s: there is no such model, revision or file".formatted(file, said));
      case 408, 429, 500, 502, 503, 504 ->
          throw new TransientFailure(
              String.format(Locale.ROOT, "HTTP %d%s", status, said), retryAfter(headers));
      default ->
          throw new ModelException(String.format(Locale.ROOT, "%s: HTTP %d%s", file, status, said));
    }
  }

  /// Only the form in seconds; a date would need the server's clock to be right.
  private static Duration retryAfter(HttpHeaders headers) {
    String seconds = headers.firstValue("Retry-After").orElse("");
    return seconds.matches("[0-9]{1,5}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }

  private static String shown(String text) {
    String line = text.replaceAll("[^ -~]", "?");
    return line.length() > 200 ? line.substring(0, 200) + "…" : line;
  }

  private static ModelException tooManyRedirects(URI file) {
    return new ModelException(
        String.format(
            Locale.ROOT, "%s: the server redirects more than %d times", file, MAX_REDIRECTS));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
