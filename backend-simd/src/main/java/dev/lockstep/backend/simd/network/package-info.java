/// The network: one class per operation, run by all workers of a pool at once.
///
/// Every `forward` method here is called by every worker with its own number; each does its share
/// and returns when all are done (unless it says otherwise), so that the code reads in the order of
/// the formulas.
@NullMarked
package dev.lockstep.backend.simd.network;

import org.jspecify.annotations.NullMarked;
