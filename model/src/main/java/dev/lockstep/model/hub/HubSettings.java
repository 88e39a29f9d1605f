package dev.lockstep.model.hub;

import dev.lockstep.api.Environment;
import dev.lockstep.model.HubCache;
import dev.lockstep.model.HubEnvironment;
import dev.lockstep.model.ModelException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where the hub is and how patient to be with it.
///
/// @param endpoint scheme, host and port, perhaps a path; without a slash at the end
/// @param token sent to the endpoint's host and to no other
/// @param offlineVariable the variable that forbids to touch the network, or null
/// @param attempts how often a request is tried before its failure is final
/// @param stallTimeout how long a connection may be silent
/// @param firstDelay before the second attempt; it doubles with each further one
public record HubSettings(
    URI endpoint,
    HubEnvironment.@Nullable Token token,
    Proxies proxies,
    HubCache cache,
    @Nullable String offlineVariable,
    int attempts,
    Duration stallTimeout,
    Duration firstDelay) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";

  /// As the environment has it: `HF_ENDPOINT`, the variables of [HubEnvironment] and of [Proxies].
  ///
  /// @throws ModelException if a variable has a value that cannot be
  public static HubSettings ofEnvironment() {
    return of(Environment.ofThisProcess());
  }

  static HubSettings of(Environment environment) {
    HubEnvironment hub = new HubEnvironment(environment);
    return new HubSettings(
        endpointOf(hub.variable("HF_ENDPOINT").orElse(DEFAULT_ENDPOINT)),
        hub.token().orElse(null),
        new Proxies(environment),
        HubCache.of(hub),
        hub.offlineVariable(),
        5,
        Duration.ofSeconds(30),
        Duration.ofSeconds(1));
  }

  private static URI endpointOf(String text) {
    try {
      URI uri = new URI(text.replaceFirst("/+$", ""));
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Refused below.
    }
    throw new ModelException(
        "HF_ENDPOINT is '%s': it must be an http or https address".formatted(text));
  }
}
