package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.harness.diagnosis.operation.Computation;

/// A mistake that a backend may make, and what it computes instead of the right operation.
///
/// @param hint what the mistake is, for people
record Alternative(String hint, Computation computation) {}
