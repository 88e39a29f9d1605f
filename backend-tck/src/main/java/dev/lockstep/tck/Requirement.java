package dev.lockstep.tck;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/// What a test needs from the machine beyond a JVM: an OpenCL device, NVIDIA's runtime compiler.
///
/// Where it is missing, the test is skipped and says so. Where the machine is supposed to have it,
/// a skip would be a hole that nobody sees: `LOCKSTEP_REQUIRE=opencl,nvrtc,hiprtc` names what may
/// not be missing, and then the test fails.
///
/// A skip is an exception, so the question must be asked where the exception reaches JUnit:
/// `assertThrows` would take it for the wrong exception, or even for the expected one, another
/// thread would swallow it, and after a skip in `@BeforeAll` no test is counted as skipped, while
/// `@AfterAll` runs. A question in such a place fails on every machine, also on one where nothing
/// is missing. For a whole class, an `ExecutionCondition` asks ([#condition]).
public final class Requirement {
  /// The environment variable: words separated by commas. A backend's word is its id.
  public static final String VARIABLE = "LOCKSTEP_REQUIRE";

  private Requirement() {}

  /// Ends a test that misses what it needs. To be called in both cases, before anything else of the
  /// test.
  ///
  /// @param word what it needs, as [#VARIABLE] would name it
  /// @param missing what exactly is missing, or null if nothing is
  /// @throws AssertionError if this machine must have it
  /// @throws org.opentest4j.TestAbortedException if not
  /// @throws IllegalStateException if a skip would not reach JUnit from here
  public static void require(String word, @Nullable String missing) {
    String obstacle = StackWalker.getInstance().walk(frames -> obstacle(frames.toList()));
    if (obstacle != null) {
      throw new IllegalStateException(
          "a skip for want of %s would not reach JUnit from here: %s; ask for it before"
              .formatted(word, obstacle));
    }
    if (missing != null) {
      Assumptions.abort(skip(word, missing, System.getenv(VARIABLE)));
    }
  }

  /// The same question for JUnit's `ExecutionCondition`, which is asked before anything of a class
  /// runs.
  ///
  /// @param word what is needed, as [#VARIABLE] would name it
  /// @param missing what exactly is missing, or null if nothing is
  /// @return whether to run
  /// @throws AssertionError if it is missing and this machine must have it
  public static ConditionEvaluationResult condition(String word, @Nullable String missing) {
    return missing == null
        ? ConditionEvaluationResult.enabled(word)
        : ConditionEvaluationResult.disabled(skip(word, missing, System.getenv(VARIABLE)));
  }

  /// The reason of the skip.
  static String skip(String word, String missing, @Nullable String required) {
    if (words(required).contains(word)) {
      throw new AssertionError(
          "%s names %s, but it is missing: %s".formatted(VARIABLE, word, missing));
    }
    return "%s is missing: %s (with %s=%s this would be a failure)"
        .formatted(word, missing, VARIABLE, word);
  }

  /// What is between these frames and JUnit's engine that would hold an exception up, or null.
  private static @Nullable String obstacle(List<StackWalker.StackFrame> frames) {
    for (StackWalker.StackFrame frame : frames) {
      if (frame.getClassName().startsWith("org.junit.jupiter.engine.")) {
        return frames.stream().anyMatch(of -> of.getMethodName().contains("BeforeAllMethods"))
            ? "this is in @BeforeAll"
            : null;
      }
      if (frame.getClassName().startsWith("org.junit.jupiter.api.Assert")) {
        return "this is inside an assertion";
      }
      if (frame.getMethodName().equals("<clinit>")) {
        return "this is the static initialiser of " + frame.getClassName();
      }
    }
    return "this is not the test's thread";
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
