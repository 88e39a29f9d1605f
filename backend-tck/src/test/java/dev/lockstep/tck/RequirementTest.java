package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

class RequirementTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "opencl", "opencl, hiprtc", "nvrtc2", "NVRTC"})
  void whatIsNotRequiredIsSkippedWithItsReason(String required) {
    TestAbortedException skip =
        assertThrows(
            TestAbortedException.class,
            () -> Requirement.lacking("nvrtc", "no libnvrtc.so.13", required));
    assertEquals(
        "nvrtc is lacking: no libnvrtc.so.13"
            + " (with LOCKSTEP_REQUIRE=nvrtc this would be a failure)",
        skip.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nvrtc", "opencl,nvrtc", " nvrtc ,hiprtc"})
  void whatIsRequiredFails(String required) {
    AssertionError failure =
        assertThrows(
            AssertionError.class,
            () -> Requirement.lacking("nvrtc", "no libnvrtc.so.13", required));
    assertEquals(
        "LOCKSTEP_REQUIRE names nvrtc, but it is lacking: no libnvrtc.so.13", failure.getMessage());
  }

  @Test
  void anUnsetVariableRequiresNothing() {
    assertThrows(
        TestAbortedException.class, () -> Requirement.lacking("opencl", "no device", null));
  }
}
