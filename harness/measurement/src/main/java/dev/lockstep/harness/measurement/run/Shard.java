package dev.lockstep.harness.measurement.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.worker.error.UserError;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The part of a plan that one machine carries out: every `of`-th fork, from `index` on. A fork is
/// never cut, since its backends take turns on one machine and are compared within it.
///
/// @param index from 1
/// @param of how many shards the plan has
public record Shard(int index, int of) {
  /// All of it.
  public static final Shard WHOLE = new Shard(1, 1);

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /// `2/4`.
  ///
  /// @throws UserError if it is none
  public static Shard parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      Shard shard =
          new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
      if (shard.index >= 1 && shard.index <= shard.of) {
        return shard;
      }
    }
    throw UserError.usage(
        "--shard '%s' is not a part such as 2/4, the second of four".formatted(text));
  }

  /// Whether a fork belongs to it.
  public boolean has(int fork) {
    return (fork - 1) % of == index - 1;
  }

  /// How many of the first forks belong to it.
  int count(int forks) {
    return (int) IntStream.rangeClosed(1, forks).filter(this::has).count();
  }

  /// How many forks a run was to make, as its `environment.json` says under `plan`; 0 where a pilot
  /// decides.
  public static int plannedForks(JsonNode plan) {
    Shard shard = plan.has("shard") ? parse(plan.path("shard").asText()) : WHOLE;
    return shard.count(plan.path("forks").asInt());
  }

  /// Whether it is all of the plan.
  boolean isWhole() {
    return of == 1;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d/%d", index, of);
  }
}
