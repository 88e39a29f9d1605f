package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Environment;
import dev.lockstep.model.HubCache;
import dev.lockstep.model.HubEnvironment;
import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Downloads from a hub that does as it is told.
abstract class HubCase {
  static final String WEIGHTS = "model.safetensors";
  static final String CONFIG =
      "{\"n_layer\":1,\"n_head\":1,\"n_embd\":1,\"n_positions\":1,\"vocab_size\":1}";
  static final int ATTEMPTS = 3;

  @TempDir Path root;

  final List<String> events = new ArrayList<>();
  final byte[] weights = new byte[100_000];
  FakeHub hub;
  HubCache cache;

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
  Duration stallTimeout = Duration.ofSeconds(30);

  /// The proxy variables that are set.
  final Map<String, String> proxies = new HashMap<>();

  HubSettings settings(@Nullable String token, @Nullable String offlineVariable) {
    return new HubSettings(
        hub.endpoint(),
        token == null ? null : new HubEnvironment.Token(token, "HF_TOKEN"),
        new Proxies(new Environment(proxies, null)),
        cache,
        offlineVariable,
        ATTEMPTS,
        stallTimeout,
        Duration.ofMillis(1));
  }

  Path fetch() {
    return new HubDownload(settings("hf_secret", null), recorder()).fetch(FakeHub.NAME, "main");
  }

  DownloadProgress recorder() {
    return new DownloadProgress() {
      @Override
      public void started(String file, long presentBytes, long totalBytes) {
        events.add(String.format(Locale.ROOT, "started %s %d/%d", file, presentBytes, totalBytes));
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
  void assertRefused(String... saying) throws IOException {
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
}
