package dev.lockstep.harness.worker.engine;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An engine as its description has it.
///
/// @param id what `-b` takes
/// @param file where it is described
public record Engine(String id, String description, Link link, Claims claims, Path file) {

  /// The id at which it stops, whatever it is asked for; null if at none.
  public @Nullable Integer endOfText() {
    return link instanceof Link.Http http ? http.endOfText() : null;
  }

  /// Whether it would stop before it has made all of these tokens, whatever it is asked for.
  public boolean stopsWithin(int[] tokenIds) {
    Integer end = endOfText();
    return end != null && Arrays.stream(tokenIds).anyMatch(id -> id == end);
  }

  /// Whether its times are taken where its answers arrive, and not by itself.
  public boolean isTimedByClient() {
    return link instanceof Link.Http;
  }
}
