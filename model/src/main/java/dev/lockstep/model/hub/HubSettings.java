package dev.lockstep.model.hub;

import dev.lockstep.model.HubCache;
import dev.lockstep.model.ModelException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the hub is and how patient to be with it.
///
/// @param endpoint scheme, host and port, perhaps a path; without a slash at the end
/// @param token sent to the endpoint's host and to no other
/// @param offline if set, the network is not touched
/// @param attempts how often a request is tried before its failure is final
/// @param stallTimeout how long a connection may be silent
/// @param firstDelay before the second attempt; it doubles with each further one
public record HubSettings(
    URI endpoint,
    @Nullable String token,
    HubCache cache,
    boolean offline,
    int attempts,
    Duration stallTimeout,
    Duration firstDelay) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

  /// As the environment has it: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`, and the cache's
  /// variables ([HubCache#ofEnvironment]).
  ///
  /// @throws ModelException if a variable has a value that cannot be
  public static HubSettings ofEnvironment() {
    return of(System.getenv(), HubCache.ofEnvironment());
  }

  static HubSettings of(Map<String, String> environment, HubCache cache) {
    String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
    String token = environment.getOrDefault("HF_TOKEN", "").strip();
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      throw new ModelException("HF_TOKEN holds characters that no token has; set it again");
    }
    String offline = environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT);
    return new HubSettings(
        endpointOf(endpoint.isEmpty() ? DEFAULT_ENDPOINT : endpoint),
        token.isEmpty() ? null : token,
        cache,
        TRUE.contains(offline),
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

  /// Without the token.
  @Override
  public String toString() {
    return "HubSettings[endpoint=%s, cache=%s]".formatted(endpoint, cache.root());
  }
}
