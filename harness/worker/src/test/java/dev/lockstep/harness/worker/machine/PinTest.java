package dev.lockstep.harness.worker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.error.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What cannot be pinned to is refused in one line that names it.
class PinTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1-", "-1", "0,,1", "0;rm", "0 1", "99999"})
  void whatIsNoListOfProcessorsIsRefused(String text) {
    UserError refusal = assertThrows(UserError.class, () -> Pin.of(text));
    assertTrue(
        String.valueOf(refusal.getMessage()).startsWith("--pin '" + text + "' is not a list"),
        refusal.getMessage());
  }

  /// With taskset or without it.
  @Test
  void aProcessorThatIsNotThereIsRefused() {
    UserError refusal = assertThrows(UserError.class, () -> Pin.of("9999"));
    assertTrue(
        String.valueOf(refusal.getMessage()).startsWith("--pin 9999: "), refusal.getMessage());
    assertEquals(1, String.valueOf(refusal.getMessage()).lines().count());
  }
}
