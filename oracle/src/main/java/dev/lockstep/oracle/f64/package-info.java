/// The naive backend's operations in double precision: the same bits, by vectors and threads.
///
/// The twins of the single-precision operations, name for name and line for line. Weights are read
/// as the checkpoint has them and widened as they are copied into strips, which is exact.
@NullMarked
package dev.lockstep.oracle.f64;

import org.jspecify.annotations.NullMarked;
