package dev.lockstep.model.hub;

import dev.lockstep.model.hub.Proxies.HttpProxy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A request that got no answer, in words: Java's client often gives no more than the name of an
/// exception.
///
/// @param proxy the one that was asked, or null
record Unreachable(URI uri, @Nullable HttpProxy proxy, IOException cause) {
  private static final String WITHOUT_NETWORK =
      "behind a proxy set HTTPS_PROXY, for a mirror set HF_ENDPOINT; without a network copy the model's directory from elsewhere and name it with -m";

  TransientFailure failure() {
    String host = uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    String peer = proxy == null ? host : proxy.toString();
    String problem =
        switch (cause) {
          case HttpConnectTimeoutException timeout -> peer + " cannot be reached: no connection";
          case HttpTimeoutException timeout -> host + " does not answer";
          case ConnectException refused -> peer + " cannot be reached: " + reason();
          case SSLException tls -> host + ": no secure connection: " + tls.getMessage();
          case IOException other when isTunnel() ->
              "%s does not lead to %s: %s".formatted(peer, host, other.getMessage());
          default -> "the connection to %s broke: %s".formatted(host, reason());
        };
    return new TransientFailure(
        problem, proxy == null ? WITHOUT_NETWORK : "check " + proxy.variable(), cause);
  }

  private boolean isTunnel() {
    String message = cause.getMessage();
    return proxy != null && message != null && message.toLowerCase(Locale.ROOT).contains("tunnel");
  }

  /// The first message in the chain of causes, or what their classes say.
  private String reason() {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
        return "no such host is known";
      }
    }
    String message = cause.getMessage();
    if (message != null) {
      return message;
    }
    return cause instanceof ConnectException ? "connection refused" : "it was closed";
  }
}
