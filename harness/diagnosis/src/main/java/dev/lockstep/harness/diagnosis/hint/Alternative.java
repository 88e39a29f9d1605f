package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Computation;

/// A mistake that somebody may have made, as the operation that it turns the right one into.
///
/// @param hint what the mistake is, for people
record Alternative(String hint, Computation computation) {}
