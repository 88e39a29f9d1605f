/// What a backend should have computed, and how far rounding may move it.
///
/// [dev.lockstep.harness.diagnosis.operation.Network] is GPT-2 as a graph of operations,
/// [dev.lockstep.harness.diagnosis.operation.Evaluation] computes them in double precision from a
/// [dev.lockstep.harness.diagnosis.operation.Trace] of what the backend showed, and every value
/// comes with an error budget ([dev.lockstep.harness.diagnosis.operation.Rounding]). Each
/// operation's Javadoc has its formula and its budget. This package knows no mistakes.
@NullMarked
package dev.lockstep.harness.diagnosis.operation;

import org.jspecify.annotations.NullMarked;
