/// Two runs, or two backends of one, held against each other.
///
/// [dev.lockstep.harness.measurement.compare.RecordedRun] is a run as its directory tells it.
/// [dev.lockstep.harness.measurement.compare.BackendComparison] compares two backends of one run,
/// by the rounds that they share. [dev.lockstep.harness.measurement.compare.RunComparison] compares
/// what two runs hold, by [dev.lockstep.harness.measurement.compare.Anchors]: backends that both
/// hold and that did not change, since two runs share no round. Both give a
/// [dev.lockstep.harness.measurement.compare.Comparison], which
/// [dev.lockstep.harness.measurement.compare.RegressionGate] turns into an exit code.
@NullMarked
package dev.lockstep.harness.measurement.compare;

import org.jspecify.annotations.NullMarked;
