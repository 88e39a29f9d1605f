/// Threads that wait for the next piece of a forward pass.
@NullMarked
package dev.lockstep.backend.simd.pool;

import org.jspecify.annotations.NullMarked;
