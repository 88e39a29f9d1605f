package dev.lockstep.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

class RequirementTest {
  private static @Nullable String refusedBeforeAll;

  @BeforeAll
  static void asksInBeforeAll() {
    try {
      Requirement.require("nvrtc", null);
    } catch (IllegalStateException e) {
      refusedBeforeAll = e.getMessage();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "opencl", "opencl, hiprtc", "nvrtc2", "NVRTC"})
  void whatIsNotRequiredIsSkippedWithItsReason(String required) {
    assertEquals(
        "nvrtc is missing: no libnvrtc.so.13"
            + " (with LOCKSTEP_REQUIRE=nvrtc this would be a failure)",
        Requirement.skip("nvrtc", "no libnvrtc.so.13", required));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nvrtc", "opencl,nvrtc", " nvrtc ,hiprtc"})
  void whatIsRequiredFails(String required) {
    AssertionError failure =
        assertThrows(
            AssertionError.class, () -> Requirement.skip("nvrtc", "no libnvrtc.so.13", required));
    assertEquals(
        "LOCKSTEP_REQUIRE names nvrtc, but it is missing: no libnvrtc.so.13", failure.getMessage());
  }

  @Test
  void anUnsetVariableRequiresNothing() {
    assertTrue(Requirement.skip("opencl", "no device", null).startsWith("opencl is missing"));
  }

  @Test
  void whatIsThereDoesNotEndTheTest() {
    Requirement.require("opencl", null);
  }

  @Test
  void whatIsMissingEndsTheTest() {
    try {
      Requirement.require("a-word-that-nobody-requires", "gone");
    } catch (TestAbortedException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("a-word-that-nobody-requires is"));
      return;
    }
    fail("it went on");
  }

  @Test
  void aConditionIsAskedForAWholeClass() {
    assertFalse(Requirement.condition("nvrtc", null).isDisabled());
    ConditionEvaluationResult gone = Requirement.condition("a-word-that-nobody-requires", "gone");
    assertTrue(gone.isDisabled());
    assertTrue(gone.getReason().orElseThrow().contains("is missing: gone"));
  }

  @Test
  void aQuestionInBeforeAllFails() {
    assertEquals(
        "a skip for want of nvrtc would not reach JUnit from here: this is in @BeforeAll; ask for"
            + " it before",
        refusedBeforeAll);
  }

  /// Found on every machine, also where nothing is missing.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aQuestionInsideAnAssertionFails(boolean isMissing) {
    Executable question = () -> Requirement.require("nvrtc", isMissing ? "gone" : null);
    IllegalStateException refused = assertThrows(IllegalStateException.class, question);
    assertEquals(
        "a skip for want of nvrtc would not reach JUnit from here: this is inside an assertion;"
            + " ask for it before",
        refused.getMessage());
    AssertionError failed = assertThrows(AssertionError.class, () -> assertDoesNotThrow(question));
    assertTrue(String.valueOf(failed.getMessage()).contains("would not reach JUnit"));
  }

  @Test
  void aQuestionInAnotherThreadFails() {
    CompletableFuture<Void> question =
        CompletableFuture.runAsync(() -> Requirement.require("nvrtc", null));
    CompletionException refused = assertThrows(CompletionException.class, question::join);
    assertTrue(
        String.valueOf(refused.getMessage()).contains("this is not the test's thread"),
        refused.getMessage());
  }

  @Test
  void aQuestionInAStaticInitialiserFails() {
    Throwable refused = null;
    try {
      AsksTooEarly.touch();
    } catch (ExceptionInInitializerError e) {
      refused = e.getCause();
    }
    assertEquals(
        "a skip for want of nvrtc would not reach JUnit from here: this is the static initialiser"
            + " of dev.lockstep.tck.RequirementTest$AsksTooEarly; ask for it before",
        refused == null ? null : refused.getMessage());
  }

  private static final class AsksTooEarly {
    static {
      Requirement.require("nvrtc", null);
    }

    static void touch() {}
  }
}
