package dev.lockstep.harness.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.api.Environment;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.StrictJson;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A file that describes engines: `{"engines": [{"id": …, "speaks": "exec", "command": […], …}]}`.
/// docs/engines.md lists the fields.
public final class EngineFile {
  private static final long MAX_BYTES = 1 << 20;

  /// Stands for the directory that the description lies in.
  private static final String HERE = "{here}";

  /// `<|endoftext|>` of GPT-2.
  private static final int END_OF_TEXT = 50256;

  private static final int READY_SECONDS = 300;

  private EngineFile() {}

  /// The file that is used where the command line names none: `LOCKSTEP_ENGINES`, else
  /// `lockstep/engines.json` in the user's configuration if there is one; else null.
  public static @Nullable Path byDefault(Environment environment) {
    String named = environment.variable("LOCKSTEP_ENGINES").orElse(null);
    if (named != null) {
      return Path.of(environment.expand(named));
    }
    String configuration = environment.variable("XDG_CONFIG_HOME").orElse("~/.config");
    Path file = Path.of(environment.expand(configuration), "lockstep", "engines.json");
    return Files.exists(file) ? file : null;
  }

  /// The engines of a file, in its order.
  ///
  /// @throws UserError if it cannot be read, or something in it is missing, wrong or unknown
  public static List<Engine> read(Path file) {
    try {
      Fields root = Fields.of(StrictJson.readObject(file, MAX_BYTES), "the file");
      List<Engine> engines = new ArrayList<>();
      List<JsonNode> described = root.objects("engines");
      for (int i = 0; i < described.size(); i++) {
        engines.add(engine(described.get(i), i, file.toAbsolutePath()));
      }
      root.requireNoOthers();
      return engines;
    } catch (FormatException e) {
      throw UserError.usage("engines: " + e.getMessage());
    } catch (Fields.Problem e) {
      throw UserError.usage("engines: %s: %s".formatted(file, e.getMessage()));
    }
  }

  private static Engine engine(JsonNode node, int index, Path file) throws Fields.Problem {
    JsonNode name = node.path("id");
    Fields fields =
        Fields.of(
            node,
            name.isTextual() ? "engine '%s'".formatted(name.textValue()) : "engine " + (index + 1));
    String id = fields.text("id");
    String speaks = fields.oneOf("speaks", List.of("exec", "http"));
    String description = fields.text("description", "an engine that speaks " + speaks);
    Link link = speaks.equals("exec") ? exec(fields, file) : http(fields, file);
    Engine engine = new Engine(id, description, link, claims(fields), file);
    fields.requireNoOthers();
    return engine;
  }

  private static Link exec(Fields fields, Path file) throws Fields.Problem {
    Link.Program program = new Link.Program(command(fields, file), environment(fields, file));
    String transport = fields.oneOf("transport", List.of("stdio", "socket"), "stdio");
    return new Link.Exec(program, transport.equals("socket"));
  }

  private static Link http(Fields fields, Path file) throws Fields.Problem {
    List<String> labels = Arrays.stream(HttpProfile.values()).map(HttpProfile::label).toList();
    HttpProfile profile = HttpProfile.values()[labels.indexOf(fields.oneOf("profile", labels))];
    URI server = server(fields);
    boolean isStarted = fields.has("command");
    Map<String, String> environment = environment(fields, file);
    Link.Program start = isStarted ? new Link.Program(command(fields, file), environment) : null;
    int endOfText = fields.wholeNumber("end_of_text", END_OF_TEXT);
    return new Link.Http(
        server,
        profile,
        start,
        fields.text("ready", "/health"),
        Duration.ofSeconds(fields.wholeNumber("ready_timeout_s", READY_SECONDS)),
        fields.has("model") ? fields.text("model") : null,
        fields.flag("cumulative", profile == HttpProfile.SGLANG),
        endOfText < 0 ? null : endOfText);
  }

  private static URI server(Fields fields) throws Fields.Problem {
    String text = fields.text("url");
    try {
      URI uri = new URI(text);
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Told below.
    }
    throw fields.problem("'url' is \"%s\": it must be like http://127.0.0.1:8080".formatted(text));
  }

  private static List<String> command(Fields fields, Path file) throws Fields.Problem {
    List<String> command = fields.texts("command");
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw fields.problem("'command' names no program");
    }
    return command.stream().map(word -> placed(word, file)).toList();
  }

  private static Map<String, String> environment(Fields fields, Path file) throws Fields.Problem {
    Map<String, String> environment = fields.textsByName("environment");
    environment.replaceAll((name, value) -> placed(value, file));
    return environment;
  }

  private static String placed(String text, Path file) {
    return text.replace(HERE, String.valueOf(file.getParent()));
  }

  /// Who holds something in another precision than single or double computes something else than
  /// the checkpoint says, unless it says that it does not.
  private static Claims claims(Fields fields) throws Fields.Problem {
    Fields claims = fields.object("claims");
    String weights = claims.text("weights", Claims.UNSAID);
    String cache = claims.text("cache", Claims.UNSAID);
    String arithmetic = claims.text("arithmetic", Claims.UNSAID);
    boolean full = List.of("f32", "f64").containsAll(List.of(weights, cache, arithmetic));
    boolean approximate = claims.flag("approximate", !full);
    claims.requireNoOthers();
    return new Claims(weights, cache, arithmetic, approximate);
  }
}
