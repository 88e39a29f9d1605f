/// The naive backend's operations in single precision: the same bits, by vectors and threads.
///
/// Only what costs time is replaced, through the seam that the naive backend has for it, its
/// [dev.lockstep.backend.naive.f32.Layers]: the matrix products, attention, and GELU. In each a
/// lane or a thread is an output, so no sum is split and none changes its order. The package for
/// double precision has the same text with another number type.
@NullMarked
package dev.lockstep.oracle.f32;

import org.jspecify.annotations.NullMarked;
