/// Finds the operation that went wrong in a backend.
///
/// **Input.** A [dev.lockstep.harness.diagnosis.operation.Trace]: the tokens of one sequence, and
/// the rows of activations that the tested backend showed while it computed them. Also the weights
/// that the backend was given. This module knows no worker process and no file.
///
/// **Output.** An [dev.lockstep.harness.diagnosis.explain.Explanation]: how every shown operation
/// compares with a double-precision evaluation, and a
/// [dev.lockstep.harness.diagnosis.explain.Finding] for the first one whose error rounding does not
/// explain. The finding says where the error is, and gives a hint at the mistake where the evidence
/// supports one.
///
/// **Three parts**, each of which depends only on those before it:
/// - `operation` is what should have been computed. Every operation is evaluated from the inputs
///   that the backend itself showed, so an error upstream is not blamed downstream. A row that was
///   not shown is evaluated as well, from the last rows before it that were.
/// - `hint` is what may have gone wrong instead: mistakes that can be evaluated like the right
///   operation, and patterns in the error.
/// - `explain` judges every operation, finds the first wrong one and asks for a hint.
///
/// **The budget.** Every evaluated value has a budget: the largest error that rounding to single
/// precision explains, whatever the order of the sums. It follows from the operation and its
/// inputs, with one confidence factor for all of them
/// ([dev.lockstep.harness.diagnosis.operation.Rounding]). Between two shown activations the budgets
/// of the operations add up. A value is wrong if its error exceeds its budget, and a hypothesis is
/// accepted if no wrong row exceeds the budget of the mistaken evaluation.
///
/// **How to add a hint.**
/// - Is it a mistake that can be computed? Add it to the `…Suspects` class of its operation, as an
///   [dev.lockstep.harness.diagnosis.operation.Computation] that makes the same mistake: the
///   operation's record with other arguments, or the right one rewired by
///   `MiswiredOperations`. `SuspectsTest` then checks that its own rows are recognised and that it
///   is confused with no other suspect.
/// - Does it have a parameter that must be solved for? Add it to the operation's `…Patterns` class,
///   and accept it only where it explains every wrong row down to the budget.
/// - Plant the mistake in a backend in `PlantedBugsTest` of harness/verification, and name it under
///   "Hints" in docs/verification.md.
///
/// **When to stop.** A new hint is added only where it names a fault that a user's backend really
/// had. Every suspect costs an evaluation and can be mistaken for another one. A fault without a
/// hint is still found, and the finding still names its operation, position and channels.
@NullMarked
package dev.lockstep.harness.diagnosis;

import org.jspecify.annotations.NullMarked;
