package dev.lockstep.model;

import dev.lockstep.api.Environment;
import dev.lockstep.api.file.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the environment says about the Hugging Face hub, understood as Hugging Face's own Python
/// understands it (`huggingface_hub.constants`), so that both find the same cache and the same
/// token. One difference: an empty variable is an unset one, where Python would take it for the
/// working directory.
public record HubEnvironment(Environment environment) {
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /// @param source the variable or the file that holds it, for messages
  public record Token(String value, String source) {
    /// Without the token.
    @Override
    public String toString() {
      return "Token[source=%s]".formatted(source);
    }
  }

  /// That of this process.
  public static HubEnvironment ofThisProcess() {
    return new HubEnvironment(Environment.ofThisProcess());
  }

  public Optional<String> variable(String name) {
    return environment.variable(name);
  }

  /// `$HF_HUB_CACHE`, else `$HUGGINGFACE_HUB_CACHE`, else `hub` in [#home].
  Path cache() {
    return variable("HF_HUB_CACHE")
        .or(() -> variable("HUGGINGFACE_HUB_CACHE"))
        .map(this::path)
        .orElseGet(() -> home().resolve("hub"));
  }

  /// The older variable of the transformers library, which huggingface_hub does not read.
  Optional<Path> transformersCache() {
    return variable("TRANSFORMERS_CACHE").map(this::path);
  }

  /// `$HF_HOME`, else `$XDG_CACHE_HOME/huggingface`, else `~/.cache/huggingface`.
  private Path home() {
    return path(
        variable("HF_HOME")
            .orElseGet(() -> variable("XDG_CACHE_HOME").orElse("~/.cache") + "/huggingface"));
  }

  private Path path(String value) {
    return Path.of(environment.expand(value)).toAbsolutePath();
  }

  /// `$HF_TOKEN`, else `$HUGGING_FACE_HUB_TOKEN`, else what the file `$HF_TOKEN_PATH` holds, else
  /// the file `token` in [#home], which `hf auth login` writes.
  ///
  /// @throws ModelException if there is one that cannot be used
  public Optional<Token> token() {
    if (isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return Optional.empty();
    }
    String variable = variable("HF_TOKEN").isPresent() ? "HF_TOKEN" : "HUGGING_FACE_HUB_TOKEN";
    return variable(variable).flatMap(value -> token(value, variable)).or(this::tokenInFile);
  }

  private Optional<Token> tokenInFile() {
    Path file = variable("HF_TOKEN_PATH").map(this::path).orElseGet(() -> home().resolve("token"));
    try {
      return token(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new ModelException(
          "%s: the token cannot be read: %s; set HF_TOKEN, or HF_TOKEN_PATH to another file"
              .formatted(file, FileProblem.describe(e)),
          e);
    }
  }

  private static Optional<Token> token(String text, String source) {
    String value = text.replaceAll("[\r\n]", "").strip();
    if (!value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      throw new ModelException(source + " holds characters that no token has; set it again");
    }
    return value.isEmpty() ? Optional.empty() : Optional.of(new Token(value, source));
  }

  /// The variable that forbids the network, if one does. `HF_HUB_OFFLINE`, if it is set at all,
  /// outweighs `TRANSFORMERS_OFFLINE`.
  public @Nullable String offlineVariable() {
    String variable =
        variable("HF_HUB_OFFLINE").isPresent() ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE";
    return isTrue(variable) ? variable : null;
  }

  private boolean isTrue(String name) {
    return TRUE.contains(variable(name).orElse("").toLowerCase(Locale.ROOT));
  }
}
