/// Where the time of a forward pass goes. A worker times each operation by when its result is shown
/// ([dev.lockstep.harness.measurement.operations.OperationTimes]); what it must read and compute
/// ([dev.lockstep.harness.measurement.operations.OperationCost]) says what the device allows.
@NullMarked
package dev.lockstep.harness.measurement.operations;

import org.jspecify.annotations.NullMarked;
