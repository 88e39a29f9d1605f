package dev.lockstep.harness.measurement.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The files that a plan names besides the model: where they lay where it was made, and by which
/// hash they are known elsewhere.
///
/// @param file the plan
/// @param document what it says
public record PlanSources(Path file, JsonNode document) {
  static final List<String> FIELDS = List.of("plugins", "engines", "golden");

  /// The elements of an array, or what is none by itself.
  static List<JsonNode> listed(JsonNode node) {
    List<JsonNode> nodes = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(nodes::add);
    } else {
      nodes.add(node);
    }
    return nodes;
  }

  /// Plugin jars.
  public List<Path> plugins() {
    return listed(document.path("plugins")).stream()
        .filter(each -> each.has("path"))
        .map(each -> Path.of(each.path("path").asText()))
        .toList();
  }

  /// The description of engines; null if there was none.
  public @Nullable Path engines() {
    return named("engines");
  }

  /// A golden file that was named; null if none was.
  public @Nullable Path golden() {
    return named("golden");
  }

  private @Nullable Path named(String field) {
    JsonNode path = document.path(field).path("path");
    return path.isTextual() ? Path.of(path.asText()) : null;
  }

  private List<String> hashes(String field) {
    return listed(document.path(field)).stream()
        .filter(each -> each.has("sha256"))
        .map(each -> each.path("sha256").asText())
        .toList();
  }

  /// Of which kinds another plan has other files.
  List<String> differences(PlanSources other) {
    return FIELDS.stream()
        .filter(field -> !hashes(field).equals(other.hashes(field)))
        .map(field -> "other files of " + field)
        .toList();
  }

  /// Refuses files that are not those of the plan.
  ///
  /// @param jars the plugin jars that are used here
  /// @param engines the description of engines, or null
  /// @param golden the golden file, or null
  /// @throws UserError naming the first that is another
  public void require(List<Path> jars, @Nullable Path engines, @Nullable Path golden) {
    List<String> planned = new ArrayList<>(hashes("plugins"));
    for (Path jar : jars) {
      if (!planned.remove(FileHash.sha256(jar))) {
        throw another(jar, "--plugins");
      }
    }
    if (!planned.isEmpty()) {
      throw UserError.usage(
          "%s has %s plugin jars more than there are here; name them with --plugins"
              .formatted(file, planned.size()));
    }
    require("engines", engines, "--engines");
    require("golden", golden, "--golden");
  }

  private void require(String field, @Nullable Path here, String option) {
    if (here != null && !hashes(field).contains(FileHash.sha256(here))) {
      throw another(here, option);
    }
  }

  private UserError another(Path here, String option) {
    return UserError.usage(
        "%s is not the file that %s was made with; name that one with %s, or make the plan anew"
            .formatted(here, file, option));
  }
}
