/// Stage 3: aligned memory, unrolling, SIMD, threads.
@NullMarked
package dev.lockstep.backend.simd;

import org.jspecify.annotations.NullMarked;
