package dev.lockstep.harness.micro;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What is measured, and how often.
///
/// @param prefill prompt lengths
/// @param decode positions of the decoded token: how many tokens come before it
/// @param forks fresh JVMs for each benchmark
/// @param warmups iterations before the measured ones, in each fork
/// @param iterations measured iterations in each fork
/// @param time how long an iteration repeats the pass; it ends after the pass that exceeds it
/// @param profilers JMH's profilers, each `name` or `name:options`
public record MicroPlan(
    List<Integer> prefill,
    List<Integer> decode,
    int forks,
    int warmups,
    int iterations,
    Duration time,
    List<String> profilers) {

  /// What is measured if the user names nothing; of it, whatever the model has room for.
  private static final List<Integer> DEFAULT_LENGTHS = List.of(10, 128, 512);

  public MicroPlan {
    prefill = prefill.stream().distinct().toList();
    decode = decode.stream().distinct().toList();
    profilers = List.copyOf(profilers);
    requireAtLeast("--forks", forks, 1);
    requireAtLeast("--warmups", warmups, 0);
    requireAtLeast("--iterations", iterations, 1);
  }

  private static void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw UserError.usage(
          String.format(Locale.ROOT, "%s %d: at least %d is needed", option, value, least));
    }
  }

  /// The plan for a model: the lengths that fit where none were named, an error where one that was
  /// named does not fit.
  public MicroPlan on(Gpt2Config config, String modelName) {
    int context = config.nPositions();
    boolean byDefault = prefill.isEmpty() && decode.isEmpty();
    for (int length : prefill) {
      requireRoom("--prefill", length, 1, context, modelName);
    }
    for (int position : decode) {
      requireRoom("--decode", position, 0, context - 1, modelName);
    }
    return new MicroPlan(
        byDefault ? upTo(context).toList() : prefill,
        byDefault ? upTo(context - 1).toList() : decode,
        forks,
        warmups,
        iterations,
        time,
        profilers);
  }

  private static Stream<Integer> upTo(int greatest) {
    return DEFAULT_LENGTHS.stream().filter(length -> length <= greatest);
  }

  private static void requireRoom(
      String option, int value, int least, int greatest, String modelName) {
    if (value < least || value > greatest) {
      throw UserError.usage(
          String.format(
              Locale.ROOT, "%s %d: %s allows %d to %d", option, value, modelName, least, greatest));
    }
  }

  /// How many measured iterations a benchmark has in all.
  int samples() {
    return Math.multiplyExact(forks, iterations);
  }
}
