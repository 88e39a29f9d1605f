package dev.lockstep.testbackends;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What must catch a planted bug; more than that may. Tests of `verify` and of the contract hold
/// every planted bug to it.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface CaughtBy {
  /// The checks of `verify`; none for a bug that only the contract's laws are about.
  String[] steps() default {};

  /// The operation that `explain` blames, where it is not the one in which the bug was planted.
  String blamed() default "";

  /// A part of the hint of `explain`.
  String hint() default "none";

  /// The weights and the sequence that show the bug.
  Scene scene() default Scene.SHORT;

  /// The laws of the contract.
  String[] laws();

  /// Weights and a sequence.
  enum Scene {
    SHORT,
    /// To the last position of the context.
    WHOLE_CONTEXT,
    /// More ids than 16 bits can tell apart.
    LARGE_VOCABULARY,
    MANY_HEADS,
    /// Scores beyond the range of exp.
    LARGE_SCORES
  }
}
