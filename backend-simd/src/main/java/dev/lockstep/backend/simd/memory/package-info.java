/// Off-heap memory: aligned, on huge pages where the operating system gives them.
@NullMarked
package dev.lockstep.backend.simd.memory;

import org.jspecify.annotations.NullMarked;
