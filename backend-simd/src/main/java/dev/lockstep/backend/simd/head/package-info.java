/// The greedy token without reading all of lm_head in full: an 8-bit scan, a bound, a proof.
@NullMarked
package dev.lockstep.backend.simd.head;

import org.jspecify.annotations.NullMarked;
