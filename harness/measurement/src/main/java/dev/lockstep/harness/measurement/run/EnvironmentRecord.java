package dev.lockstep.harness.measurement.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.verification.Reference;
import dev.lockstep.harness.worker.LockstepVersion;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.Pin;
import dev.lockstep.model.LoadedModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `environment.json` says about a run: host, model, plan, backends.
final class EnvironmentRecord {
  private final Map<String, Object> plan = new LinkedHashMap<>();
  private final Map<String, Object> model = new LinkedHashMap<>();
  private final Map<String, Object> host = EnvironmentJson.host();
  private final List<BackendVariant> variants;
  private final RunJob.Inputs in;
  private final WorkerFactory factory;
  private final Map<String, Object> measured = new LinkedHashMap<>();
  private final String command;
  private final String startedAt = Instant.now().toString();

  /// As they were at the beginning: a plugin may be built anew meanwhile.
  private final Map<String, @Nullable Object> sources = new LinkedHashMap<>();

  EnvironmentRecord(RunJob.Inputs in, WorkerFactory factory) {
    RunPlan plan = in.plan();
    LoadedModel model = in.model();
    @Nullable BackendVariant reference = in.reference();
    this.in = in;
    sources.put(
        "plugins", in.catalog().pluginJars().stream().map(EnvironmentRecord::source).toList());
    sources.put("engines", source(in.sources().engines()));
    sources.put("golden", source(in.sources().golden()));
    this.command = in.command();
    this.variants = in.variants();
    this.factory = factory;
    this.model.put("argument", model.argument());
    this.model.put("name", model.name());
    this.model.put("sha256", model.sha256());
    this.model.put("checkpoint_bytes", model.checkpointBytes());
    this.model.put("parameters", model.config().parameterCount());
    this.model.put("n_layer", model.config().nLayer());
    this.model.put("n_head", model.config().nHead());
    this.model.put("n_embd", model.config().nEmbd());
    this.model.put("n_positions", model.config().nPositions());
    this.model.put("vocab_size", model.config().vocabSize());
    this.model.put("notes", model.notes());
    this.plan.put("model_sha256", model.sha256());
    this.plan.put("backends", variants.stream().map(BackendVariant::label).toList());
    this.plan.put(
        "reference", (in.golden() == null ? "" : "golden, ") + Reference.label(reference));
    this.plan.put("new_tokens", plan.newTokens());
    this.plan.put("rounds", plan.rounds());
    this.plan.put("warmups", plan.warmups() == null ? "auto" : plan.warmups());
    this.plan.put("forks", plan.sizing() == null ? plan.forks() : "auto");
    if (plan.sizing() != null) {
      this.plan.put("effect", plan.sizing().effect());
    }
    if (!plan.shard().isWhole()) {
      this.plan.put("shard", plan.shard().toString());
    }
    this.plan.put("seed", plan.seed());
    Pin pin = factory.pin();
    if (pin != null) {
      host.put("pinned_to", pin.processors());
      this.plan.put("pin", pin.processors());
    }
    this.plan.put("match", plan.acceptNearTies() ? "near-tie" : "identical");
    this.plan.put("prompts", plan.prompts().stream().map(EnvironmentRecord::prompt).toList());
  }

  private static Map<String, Object> prompt(Prompt prompt) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", prompt.id());
    if (prompt.text() != null) {
      map.put("text", prompt.text());
    }
    map.put("prompt_ids", prompt.ids());
    if (prompt.depth() > 0) {
      map.put("depth", prompt.depth());
    }
    if (prompt.newTokens() != null) {
      map.put("new_tokens", prompt.newTokens());
    }
    return map;
  }

  /// Adds what is known once rounds were measured.
  ///
  /// @param verificationNanos how long reference tokens and logits took to compute and compare
  /// @param foreignCores as many cores as other programs kept busy; null if that is not known
  void measured(long verificationNanos, @Nullable Double foreignCores) {
    measured.put("verification_ms", Math.round(verificationNanos / 1e6));
    measured.put(
        "load_average_after", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    if (foreignCores != null) {
      measured.put("foreign_cores", Math.round(foreignCores * 1e3) / 1e3);
    }
  }

  /// Writes the whole file.
  ///
  /// @param executionPaths what the backends that ran say of themselves
  /// @param unavailable why the others did not
  /// @param notes what the user should know besides the figures, a line each
  void write(
      OutputDirectory output,
      Map<BackendVariant, Map<String, String>> executionPaths,
      Map<BackendVariant, String> unavailable,
      List<String> notes) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("format", "lockstep-environment/1");
    content.put("lockstep_version", LockstepVersion.text());
    content.put("lockstep_revision", LockstepVersion.revision());
    content.put("started_at", startedAt);
    content.put("written_at", Instant.now().toString());
    content.put("command", command);
    content.put("host", host);
    content.put("model", model);
    content.put("plan", plan);
    List<Object> backends = new ArrayList<>();
    for (BackendVariant variant : variants) {
      Map<String, Object> backend = new LinkedHashMap<>();
      backend.put("backend", variant.name());
      backend.put("options", variant.values().all());
      Path origin = Path.of(BackendCatalog.origin(variant.backend()));
      backend.put("origin", origin.getFileName().toString());
      String sha256 = sha256(origin);
      if (sha256 != null) {
        backend.put("origin_sha256", sha256);
      }
      backend.put("jvm_args", factory.timedJvmArgs(variant));
      backend.put("approximate", variant.isApproximate());
      if (unavailable.containsKey(variant)) {
        backend.put("unavailable", unavailable.get(variant));
      }
      backend.put("execution_path", executionPaths.getOrDefault(variant, Map.of()));
      backends.add(backend);
    }
    content.put("backends", backends);
    content.put("measured", measured);
    content.put("notes", notes);
    output.write(EnvironmentJson.FILE_NAME, EnvironmentJson.text(content));
  }

  /// Of a jar; null for a directory of classes.
  private static @Nullable String sha256(Path jar) {
    return Files.isRegularFile(jar) ? FileHash.sha256(jar) : null;
  }

  /// What `plan.json` says.
  ///
  /// @param forks how many there are, those included that a pilot asked for
  String plan(int forks) {
    ObjectNode content = EnvironmentJson.object();
    content.put("lockstep_version", LockstepVersion.text());
    content.put("lockstep_revision", LockstepVersion.revision());
    ObjectNode named = content.putObject("model");
    named.put("argument", in.model().argument());
    named.put("sha256", in.model().sha256());
    Map<String, Object> whole = new LinkedHashMap<>(plan);
    whole.put("forks", forks);
    whole.remove("effect");
    whole.remove("shard");
    content.set("plan", EnvironmentJson.node(whole));
    content.put("backends_named", in.namedByUser());
    BackendVariant reference = in.reference();
    content.put("reference", reference == null ? null : reference.label());
    content.put("timeout_ms", in.plan().timeout().toMillis());
    content.set("worker_jvm_args", EnvironmentJson.node(factory.extraJvmArgs()));
    sources.forEach((field, files) -> content.set(field, EnvironmentJson.node(files)));
    content.put("tokens", in.writeTokens());
    return PlanFile.text(content);
  }

  private static @Nullable Map<String, String> source(@Nullable Path file) {
    if (file == null) {
      return null;
    }
    Map<String, String> source = new LinkedHashMap<>();
    source.put("path", file.toAbsolutePath().toString());
    source.put("sha256", FileHash.sha256(file));
    return source;
  }

  /// Checks that an earlier run can be gone on with.
  ///
  /// @throws UserError if there is none or its plan was another
  void requireSamePlan(Path environment) {
    try {
      JsonNode earlier = EnvironmentJson.read(environment);
      Map<String, Object> now = Map.of("plan", plan, "model", model);
      List<String> differences = PlanDifferences.between(earlier, EnvironmentJson.tree(now));
      if (!differences.isEmpty()) {
        throw UserError.usage(
            "--resume: the run in %s had another plan: %s; give the same arguments, or choose another directory"
                .formatted(environment.getParent(), String.join("; ", differences)));
      }
    } catch (NoSuchFileException e) {
      throw UserError.usage(
          "--resume: there is no run to go on with in %s: it has no %s"
              .formatted(environment.getParent(), environment.getFileName()));
    } catch (JsonProcessingException e) {
      throw UserError.error(
          "--resume: %s is damaged: %s".formatted(environment, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw UserError.error(
          "--resume: %s cannot be read: %s".formatted(environment, FileProblem.describe(e)), e);
    }
  }
}
