package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.OptionValues;
import dev.lockstep.harness.worker.engine.Engine;
import dev.lockstep.harness.worker.engine.EngineBackend;
import dev.lockstep.harness.worker.error.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A backend with its options set: one competitor of a run.
///
/// @param given what the user set, in declaration order; the defaults are not in it
/// @param jar which build of the backend it is, as the user wrote it; empty where none was named
/// @param copy from 1: the same backend with the same options may compete with itself
public record BackendVariant(Backend backend, Map<String, String> given, String jar, int copy) {
  public BackendVariant(Backend backend, Map<String, String> given) {
    this(backend, given, "", 1);
  }

  public BackendVariant {
    Map<String, String> ordered = new LinkedHashMap<>();
    for (var option : backend.options()) {
      String text = given.get(option.name());
      if (text != null) {
        ordered.put(option.name(), text);
      }
    }
    given = java.util.Collections.unmodifiableMap(ordered);
  }

  public String id() {
    return backend.id();
  }

  /// The id, which build it is if that was named, and which copy if it is not the first:
  /// `simd@old.jar#2`.
  public String name() {
    String build = jar.isEmpty() ? id() : id() + "@" + jar;
    return copy == 1 ? build : build + "#" + copy;
  }

  /// What it is where it is no backend of the JVM; else null.
  public @Nullable Engine engine() {
    return backend instanceof EngineBackend(Engine engine) ? engine : null;
  }

  /// Whether the two differ in nothing but their number.
  boolean isSameAs(BackendVariant other) {
    return backend.equals(other.backend) && given.equals(other.given);
  }

  /// The options with the defaults filled in.
  public OptionValues values() {
    return OptionValues.of(backend.options(), given);
  }

  /// How many bytes it says that it will hold for itself.
  ///
  /// @throws UserError if it has no answer, or one that cannot be
  public long privateBytes(Gpt2Config config) {
    return bytes("private bytes", "of its own", () -> backend.privateBytes(config, values()));
  }

  /// How many of these it says lie on the Java heap.
  ///
  /// @throws UserError if it has no answer, or one that cannot be
  public long heapBytes(Gpt2Config config) {
    return bytes("heap bytes", "of heap", () -> backend.heapBytes(config, values()));
  }

  private long bytes(String what, String kind, Supplier<Long> question) {
    long bytes = ask(what, question);
    if (bytes < 0) {
      throw UserError.error(
          String.format(
              Locale.ROOT, "the backend %s says that it needs %d bytes %s", id(), bytes, kind));
    }
    return bytes;
  }

  /// The flags that its JVM needs.
  ///
  /// @throws UserError if it has no answer
  public List<String> jvmArgs() {
    return ask("JVM flags", () -> List.copyOf(backend.jvmArgs(values())));
  }

  /// Whether it declares that it computes something else than fp32 GPT-2.
  ///
  /// @throws UserError if it has no answer
  public boolean isApproximate() {
    return ask("approximate flag", () -> backend.approximate(values()));
  }

  /// A plugin that fails in this process must not look like a fault of the harness.
  private <T> T ask(String method, Supplier<T> question) {
    try {
      return question.get();
    } catch (RuntimeException | LinkageError e) {
      throw UserError.error(
          "the backend %s fails where it is asked for its %s: %s".formatted(id(), method, e), e);
    }
  }

  /// What the user set, as `name=value:name=value`.
  public String options() {
    return values().label();
  }

  /// As the user would write it after `-b`, but for the number of a copy: `simd:threads=1`.
  public String label() {
    return given.isEmpty() ? name() : name() + ":" + options();
  }

  /// The label as the name of a file.
  public String fileName() {
    return label().replaceAll("[^A-Za-z0-9._=-]", "_");
  }
}
