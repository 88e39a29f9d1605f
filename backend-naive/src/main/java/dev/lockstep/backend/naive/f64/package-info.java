/// GPT-2 in double precision: the oracle.
///
/// The twins of the single-precision operations, name for name and line for line: weights are
/// widened, which is exact, and everything after that is in double.
@NullMarked
package dev.lockstep.backend.naive.f64;

import org.jspecify.annotations.NullMarked;
