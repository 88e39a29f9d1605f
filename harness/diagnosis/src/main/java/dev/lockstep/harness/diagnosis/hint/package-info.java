/// Hypotheses of what went wrong in an operation whose error exceeds its budget.
///
/// [dev.lockstep.harness.diagnosis.hint.Hypotheses] is the way in. Two kinds of hypotheses come
/// after the plain signs. A suspect is a mistake that is evaluated like the right operation: the
/// classes named `…Suspects` list them, each an [dev.lockstep.harness.diagnosis.hint.Alternative].
/// A pattern has a parameter that is solved for from the error: a factor, a weight, the row of a
/// table. Both are accepted only if they explain every wrong row down to the budget.
@NullMarked
package dev.lockstep.harness.diagnosis.hint;

import org.jspecify.annotations.NullMarked;
