package dev.lockstep.tck;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// What a test needs from the machine beyond a JVM: an OpenCL device, NVIDIA's runtime compiler.
///
/// A machine that lacks it skips the test, and says so. Where the machine is supposed to have it, a
/// skip would be a hole that nobody sees: `LOCKSTEP_REQUIRE=opencl,nvrtc,hiprtc` names what may not
/// be lacking, and then the test fails.
public final class Requirement {
  /// The environment variable: words separated by commas. A backend's word is its id.
  public static final String VARIABLE = "LOCKSTEP_REQUIRE";

  private Requirement() {}

  /// Ends a test that lacks what it needs.
  ///
  /// @param word what it needs, as [#VARIABLE] would name it
  /// @param reason what exactly is lacking
  /// @throws AssertionError if this machine must have it
  /// @throws org.opentest4j.TestAbortedException if not
  public static void lacking(String word, String reason) {
    lacking(word, reason, System.getenv(VARIABLE));
  }

  static void lacking(String word, String reason, @Nullable String required) {
    if (words(required).contains(word)) {
      throw new AssertionError(
          "%s names %s, but it is lacking: %s".formatted(VARIABLE, word, reason));
    }
    Assumptions.abort(
        "%s is lacking: %s (with %s=%s this would be a failure)"
            .formatted(word, reason, VARIABLE, word));
  }

  private static Set<String> words(@Nullable String required) {
    return required == null
        ? Set.of()
        : Arrays.stream(required.split(",", -1))
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
  }
}
