package dev.lockstep.harness.diagnosis.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GeluOperationTest {
  /// Φ(1.96) and Φ(−1.96) as in any table of the normal distribution.
  @Test
  void theExactFormIsTheArgumentTimesTheNormalProbability() {
    assertEquals(1.96 * 0.9750021048517795, GeluOperation.exactForm(1.96), 1e-15);
    assertEquals(-1.96 * 0.024997895148220435, GeluOperation.exactForm(-1.96), 1e-15);
    assertEquals(0, GeluOperation.exactForm(0));
  }

  /// The two forms differ by less than 5e-4 everywhere.
  @Test
  void theTanhFormApproximatesIt() {
    for (double x = -6; x <= 6; x += 0.01) {
      assertEquals(GeluOperation.exactForm(x), GeluOperation.tanhForm(x), 5e-4);
    }
  }
}
