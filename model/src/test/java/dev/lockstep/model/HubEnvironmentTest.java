package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The environment as Hugging Face's own Python reads it.
class HubEnvironmentTest {
  @TempDir Path root;

  /// Of a user whose account's home is `/home/x`.
  private static Environment environment(Map<String, String> variables) {
    return new Environment(variables, "/home/x");
  }

  private static HubEnvironment hub(Map<String, String> variables) {
    return new HubEnvironment(environment(variables));
  }

  private static String cache(Map<String, String> variables) {
    return hub(variables).cache().toString();
  }

  private static Optional<String> token(Map<String, String> variables) {
    return hub(variables).token().map(HubEnvironment.Token::value);
  }

  @Test
  void theHomeDirectoryIsThatOfTheVariableBeforeThatOfTheAccount() {
    assertEquals("/home/x/.cache/huggingface/hub", cache(Map.of()));
    assertEquals("/home/x/.cache/huggingface/hub", cache(Map.of("HOME", "")));
    assertEquals("/github/home/.cache/huggingface/hub", cache(Map.of("HOME", "/github/home")));
    assertEquals("/github/home/.cache/huggingface/hub", cache(Map.of("HOME", "/github/home/")));
    assertEquals("/.cache/huggingface/hub", cache(Map.of("HOME", "/")));
  }

  @Test
  void lockstepsOwnCacheFollowsTheHomeDirectoryToo() {
    assertEquals(
        Path.of("/github/home/.cache/lockstep"),
        CacheDirectory.path(environment(Map.of("HOME", "/github/home"))));
    assertEquals(Path.of("/d"), CacheDirectory.path(environment(Map.of("LOCKSTEP_CACHE", "/d"))));
    assertEquals(
        Path.of("/home/x/d"),
        CacheDirectory.path(environment(Map.of("LOCKSTEP_CACHE", "~/d", "XDG_CACHE_HOME", "/c"))));
    assertEquals(
        Path.of("/home/x/c/lockstep"),
        CacheDirectory.path(environment(Map.of("XDG_CACHE_HOME", "~/c"))));
    assertEquals(
        Path.of("/home/x/.cache/lockstep"),
        CacheDirectory.path(environment(Map.of("XDG_CACHE_HOME", "relative"))));
  }

  @Test
  void anAccountWithoutAHomeDirectoryHasNone() {
    assertEquals(Optional.empty(), new Environment(Map.of(), "?").home());
    assertEquals(Optional.empty(), new Environment(Map.of(), null).home());
    assertEquals(Optional.of("/h"), new Environment(Map.of("HOME", "/h"), "?").home());
  }

  @Test
  void theVariablesAreTriedInHuggingFacesOrder() {
    Map<String, String> variables = new HashMap<>();
    variables.put("XDG_CACHE_HOME", "/xdg");
    assertEquals("/xdg/huggingface/hub", cache(variables));
    variables.put("HF_HOME", "/home");
    assertEquals("/home/hub", cache(variables));
    variables.put("HUGGINGFACE_HUB_CACHE", "/legacy");
    assertEquals("/legacy", cache(variables));
    variables.put("HF_HUB_CACHE", "/cache");
    assertEquals("/cache", cache(variables));
    variables.replaceAll((name, value) -> "");
    assertEquals("/home/x/.cache/huggingface/hub", cache(variables));
  }

  @ParameterizedTest
  @CsvSource({
    "HF_HUB_CACHE, ~/models, /home/x/models",
    "HF_HUB_CACHE, ~, /home/x",
    "HF_HUB_CACHE, $HOME/models, /h/models",
    "HF_HUB_CACHE, ${HOME}/models, /h/models",
    "HF_HUB_CACHE, /scratch/$USER/hub, /scratch/me/hub",
    "HF_HUB_CACHE, /scratch/${USER}x/hub, /scratch/mex/hub",
    "HF_HUB_CACHE, /a/$UNKNOWN/${UNKNOWN}/$/hub, /a/$UNKNOWN/${UNKNOWN}/$/hub",
    "HUGGINGFACE_HUB_CACHE, ~/legacy, /home/x/legacy",
    "HUGGINGFACE_HUB_CACHE, $SCRATCH/legacy, /scratch/me/legacy",
    "HF_HOME, ~/hf, /home/x/hf/hub",
    "HF_HOME, $SCRATCH/hf, /scratch/me/hf/hub",
    "XDG_CACHE_HOME, ~/.c, /home/x/.c/huggingface/hub",
    "XDG_CACHE_HOME, $SCRATCH, /scratch/me/huggingface/hub"
  })
  void tildesAndVariablesAreExpanded(String variable, String value, String expected) {
    Map<String, String> variables = new HashMap<>();
    variables.put("USER", "me");
    variables.put("SCRATCH", "/scratch/me");
    if (value.contains("HOME")) {
      variables.put("HOME", "/h");
    }
    variables.put(variable, value);
    assertEquals(expected, cache(variables));
  }

  @Test
  void anotherUsersHomeDirectoryIsLookedUp() {
    Environment environment = environment(Map.of());
    assertTrue(environment.expand("~root/x").matches("~?/.*/?x"), environment.expand("~root/x"));
    assertEquals("~no-such-user/x", environment.expand("~no-such-user/x"));
    assertEquals("a~b", environment.expand("a~b"));
    assertEquals("~/x", new Environment(Map.of(), null).expand("~/x"));
  }

  @Test
  void aRelativeCacheIsRelativeToTheWorkingDirectory() {
    assertEquals(Path.of("hub").toAbsolutePath().toString(), cache(Map.of("HF_HUB_CACHE", "hub")));
    assertEquals(
        Path.of("c/huggingface/hub").toAbsolutePath().toString(),
        cache(Map.of("XDG_CACHE_HOME", "c")));
  }

  @Test
  void theTokenIsThatOfTheNewVariableThenOfTheOldOne() {
    assertEquals(Optional.of("hf_a"), token(Map.of("HF_TOKEN", " hf_a\r\n")));
    assertEquals(
        Optional.of("hf_a"), token(Map.of("HF_TOKEN", "hf_a", "HUGGING_FACE_HUB_TOKEN", "hf_b")));
    assertEquals(Optional.of("hf_b"), token(Map.of("HUGGING_FACE_HUB_TOKEN", "hf_b")));
    assertEquals(
        Optional.of("hf_b"), token(Map.of("HF_TOKEN", "", "HUGGING_FACE_HUB_TOKEN", "hf_b")));
  }

  @Test
  void withoutAVariableTheTokenIsThatOfTheFile() throws IOException {
    Path home = Files.createDirectories(root.resolve("hf"));
    Map<String, String> variables = new HashMap<>(Map.of("HF_HOME", home.toString()));
    assertEquals(Optional.empty(), token(variables));
    Path file = Files.writeString(home.resolve("token"), "hf_file\n");
    assertEquals(Optional.of("hf_file"), token(variables));
    assertEquals(file.toString(), hub(variables).token().orElseThrow().source());
    Files.writeString(root.resolve("elsewhere"), "hf_elsewhere");
    variables.put("R", root.toString());
    variables.put("HF_TOKEN_PATH", "$R/elsewhere");
    assertEquals(Optional.of("hf_elsewhere"), token(variables));
    variables.put("HF_TOKEN", "hf_variable");
    assertEquals(Optional.of("hf_variable"), token(variables));
    variables.put("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
    assertEquals(Optional.empty(), token(variables));
  }

  @Test
  void theTokenFileLiesInTheHomeDirectory() throws IOException {
    Path huggingFace = Files.createDirectories(root.resolve(".cache/huggingface"));
    Files.writeString(huggingFace.resolve("token"), "hf_home");
    assertEquals(Optional.of("hf_home"), token(Map.of("HOME", root.toString())));
    Files.writeString(huggingFace.resolve("token"), " \n");
    assertEquals(Optional.empty(), token(Map.of("HOME", root.toString())));
  }

  @Test
  void aTokenThatCannotBeUsedIsNamedByItsSourceAndNotShown() throws IOException {
    String message =
        String.valueOf(
            assertThrows(ModelException.class, () -> token(Map.of("HF_TOKEN", "hf_\u00e9")))
                .getMessage());
    assertTrue(message.startsWith("HF_TOKEN holds"), message);
    assertFalse(message.contains("hf_"), message);
    String unreadable =
        String.valueOf(
            assertThrows(
                    ModelException.class, () -> token(Map.of("HF_TOKEN_PATH", root.toString())))
                .getMessage());
    assertTrue(unreadable.startsWith(root + ": the token cannot be read"), unreadable);
    assertFalse(hub(Map.of("HF_TOKEN", "hf_a")).token().orElseThrow().toString().contains("hf_a"));
    assertFalse(hub(Map.of("HF_TOKEN", "hf_a")).toString().contains("hf_a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "ON", "on", "Yes", "TRUE", "true"})
  void theNetworkIsForbiddenByWhatPythonTakesForTrue(String value) {
    assertEquals("HF_HUB_OFFLINE", hub(Map.of("HF_HUB_OFFLINE", value)).offlineVariable());
    assertEquals(
        "TRANSFORMERS_OFFLINE", hub(Map.of("TRANSFORMERS_OFFLINE", value)).offlineVariable());
    assertNull(hub(Map.of("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", value)).offlineVariable());
    assertEquals(
        "TRANSFORMERS_OFFLINE",
        hub(Map.of("HF_HUB_OFFLINE", "", "TRANSFORMERS_OFFLINE", value)).offlineVariable());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "2", "false", "off", "no", "y", " 1"})
  void nothingElseForbidsTheNetwork(String value) {
    assertNull(hub(Map.of("HF_HUB_OFFLINE", value)).offlineVariable());
    assertNull(hub(Map.of("TRANSFORMERS_OFFLINE", value)).offlineVariable());
  }
}
