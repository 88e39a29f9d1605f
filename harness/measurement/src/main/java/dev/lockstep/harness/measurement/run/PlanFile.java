package dev.lockstep.harness.measurement.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.worker.LockstepVersion;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `plan.json`: everything that the results of a run depend on but the machine, so that another
/// machine, or several, can carry it out. results/SCHEMA.md describes its fields.
///
/// Its hash covers what decides the results. Paths are not among it: a model, a plugin or a golden
/// file may lie elsewhere on another machine, and is known by its own hash.
public final class PlanFile {
  public static final String FILE_NAME = "plan.json";

  private static final String FORMAT = "lockstep-plan/1";

  private final Path file;
  private final JsonNode document;

  private PlanFile(Path file, JsonNode document) {
    this.file = file;
    this.document = document;
  }

  /// The text of the file.
  ///
  /// @param content all but the format and the hash
  static String text(ObjectNode content) {
    ObjectNode document = EnvironmentJson.object();
    document.put("format", FORMAT);
    document.put("sha256", hash(content));
    document.setAll(content);
    return EnvironmentJson.text(document);
  }

  private static String hash(JsonNode content) {
    ObjectNode identity = content.deepCopy();
    identity.remove(List.of("format", "sha256"));
    if (identity.get("model") instanceof ObjectNode model) {
      model.remove("argument");
    }
    for (String field : PlanSources.FIELDS) {
      for (JsonNode named : PlanSources.listed(identity.path(field))) {
        if (named instanceof ObjectNode object) {
          object.remove("path");
        }
      }
    }
    try {
      byte[] text = identity.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// An existing file.
  ///
  /// @throws UserError if it is none, is damaged, or was edited
  public static PlanFile read(Path file) {
    JsonNode document;
    try {
      document = EnvironmentJson.read(file);
    } catch (JsonProcessingException e) {
      throw UserError.error(
          "%s is no plan: %s; make one with lockstep plan".formatted(file, e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw UserError.usage("%s cannot be read: %s".formatted(file, FileProblem.describe(e)));
    }
    String format = document.path("format").asText();
    if (!format.equals(FORMAT)) {
      throw UserError.usage(
          "%s has the format '%s' where this version reads %s; make the plan anew with lockstep plan"
              .formatted(file, format, FORMAT));
    }
    if (!hash(document).equals(document.path("sha256").asText())) {
      throw UserError.usage(
          "%s was changed after it was made: its content does not have its sha256; make the plan anew with lockstep plan"
              .formatted(file));
    }
    return new PlanFile(file, document);
  }

  public Path path() {
    return file;
  }

  /// As it was read.
  public String text() {
    return EnvironmentJson.text(document);
  }

  /// In what two plans differ, each with both values.
  public static List<String> differences(PlanFile one, PlanFile other) {
    List<String> differences = new ArrayList<>();
    for (String field :
        List.of(
            "lockstep_revision",
            "backends_named",
            "reference",
            "timeout_ms",
            "worker_jvm_args",
            "tokens")) {
      JsonNode before = one.document.path(field);
      JsonNode after = other.document.path(field);
      if (!before.equals(after)) {
        differences.add("%s %s and %s".formatted(field, before, after));
      }
    }
    differences.addAll(one.sources().differences(other.sources()));
    differences.addAll(PlanDifferences.between(one.document, other.document));
    return differences;
  }

  /// By which two plans are the same.
  public String sha256() {
    return document.path("sha256").asText();
  }

  /// Refuses what would not be what was planned.
  ///
  /// @throws UserError if this is another Lockstep
  public void requireThisLockstep() {
    String planned = document.path("lockstep_revision").asText();
    if (!planned.equals(LockstepVersion.revision())) {
      throw UserError.usage(
          "%s was made by revision %s of Lockstep, and this is %s; take that one, or make the plan anew with lockstep plan"
              .formatted(file, known(planned), known(LockstepVersion.revision())));
    }
  }

  private static String known(String revision) {
    return revision.isEmpty() ? "unknown" : revision;
  }

  /// @throws UserError if a model is another one
  public void requireModel(String sha256) {
    if (!sha256.equals(document.at("/model/sha256").asText())) {
      throw UserError.usage(
          "%s is about %s (sha256 %.12s…), and the model here is another (%.12s…); name the same one with -m"
              .formatted(file, model(), document.at("/model/sha256").asText(), sha256));
    }
  }

  /// As it was named where the plan was made.
  public String model() {
    return document.at("/model/argument").asText();
  }

  /// What to do of it.
  public RunPlan plan(Shard shard) {
    JsonNode plan = document.path("plan");
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode prompt : plan.path("prompts")) {
      prompts.add(
          new Prompt(
              prompt.path("id").asText(),
              prompt.has("text") ? prompt.path("text").asText() : null,
              EnvironmentJson.ints(prompt.path("prompt_ids")),
              prompt.path("depth").asInt(),
              prompt.has("new_tokens") ? (Integer) prompt.path("new_tokens").asInt() : null));
    }
    int forks = plan.path("forks").asInt();
    if (shard.of() > forks) {
      throw UserError.usage(
          "--shard %s: %s has %s forks, and a fork is never cut; it has at most as many shards"
              .formatted(shard, file, forks));
    }
    return new RunPlan(
        prompts,
        plan.path("new_tokens").asInt(),
        plan.path("rounds").asInt(),
        plan.path("warmups").isInt() ? (Integer) plan.path("warmups").asInt() : null,
        forks,
        null,
        plan.path("seed").asLong(),
        plan.path("match").asText().equals("near-tie"),
        Duration.ofMillis(document.path("timeout_ms").asLong()),
        shard);
  }

  public int forks() {
    return document.at("/plan/forks").asInt();
  }

  /// As `-b` takes them.
  public List<String> backends() {
    // A copy has a number behind its name, which -b does not take: it counts by itself.
    return texts(document.at("/plan/backends")).stream()
        .map(label -> label.replaceFirst("#\\d+(?=:|$)", ""))
        .toList();
  }

  /// Whether one that is unavailable was asked for by its name.
  public boolean namedByUser() {
    return document.path("backends_named").asBoolean();
  }

  /// The backend that computes the expected tokens; null for the oracle.
  public @Nullable String reference() {
    return document.path("reference").isTextual() ? document.path("reference").asText() : null;
  }

  public @Nullable String pin() {
    return document.at("/plan/pin").isTextual() ? document.at("/plan/pin").asText() : null;
  }

  public boolean writeTokens() {
    return document.path("tokens").asBoolean();
  }

  public List<String> workerJvmArgs() {
    return texts(document.path("worker_jvm_args"));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  /// The files that were named where it was made.
  public PlanSources sources() {
    return new PlanSources(file, document);
  }
}
