package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.api.Environment;
import dev.lockstep.model.ModelException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  @TempDir Path home;

  private HubSettings settings(Map<String, String> variables) {
    return HubSettings.of(new Environment(variables, home.toString()));
  }

  @Test
  void settingsComeFromTheEnvironment() {
    HubSettings settings =
        settings(
            Map.of(
                "HF_ENDPOINT",
                "https://hub.example/x/",
                "HF_TOKEN",
                "hf_a",
                "HTTPS_PROXY",
                "http://u:secret@p",
                "TRANSFORMERS_OFFLINE",
                "yes"));
    assertEquals("https://hub.example/x", settings.endpoint().toString());
    assertNotNull(settings.token());
    assertEquals("hf_a", settings.token().value());
    assertEquals("TRANSFORMERS_OFFLINE", settings.offlineVariable());
    assertEquals(home.resolve(".cache/huggingface/hub"), settings.cache().root());
    assertFalse(settings.toString().contains("hf_a"), settings.toString());
    assertFalse(settings.toString().contains("secret"), settings.toString());
  }

  @Test
  void withoutVariablesTheHubIsHuggingFaces() {
    HubSettings settings = settings(Map.of("HF_ENDPOINT", ""));
    assertEquals("https://huggingface.co", settings.endpoint().toString());
    assertNull(settings.token());
    assertNull(settings.offlineVariable());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hub.example", "file:///x", "https://", "http://a b", "https://h/?q"})
  void anEndpointThatCannotBeIsRefused(String endpoint) {
    assertThrows(ModelException.class, () -> settings(Map.of("HF_ENDPOINT", endpoint)));
  }
}
