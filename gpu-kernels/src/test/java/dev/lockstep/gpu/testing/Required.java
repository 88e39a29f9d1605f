package dev.lockstep.gpu.testing;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Unavailable;
import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Tests that need something which not every machine has: they are skipped where it is lacking,
/// unless the environment says that it has to be there.
///
/// `LOCKSTEP_REQUIRE` is a list of words with commas: `opencl`, `nvrtc`, `hiprtc`.
public final class Required {
  private static final String VARIABLE = "LOCKSTEP_REQUIRE";

  private Required() {}

  /// Skips or fails the test, with the reason, where something is not available.
  public static void orSkip(String word, Availability availability) {
    if (availability instanceof Unavailable(String reason, String remedy)) {
      String message = "%s is unavailable: %s (%s)".formatted(word, reason, remedy);
      if (isRequired(word)) {
        Assertions.fail(message + "; " + VARIABLE + " asks for it");
      }
      Assumptions.abort(message);
    }
  }

  /// Whether the environment says that it has to be there.
  public static boolean isRequired(String word) {
    String required = System.getenv(VARIABLE);
    return required != null && Arrays.asList(required.split(",")).contains(word);
  }
}
