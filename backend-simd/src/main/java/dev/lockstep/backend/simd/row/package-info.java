/// What a network does to one row at a time: LayerNorm, GELU, softmax, the residual sum.
@NullMarked
package dev.lockstep.backend.simd.row;

import org.jspecify.annotations.NullMarked;
