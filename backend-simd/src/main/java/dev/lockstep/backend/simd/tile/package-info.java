/// Matrix products: the packed layout and the register-tile kernels that run on it.
@NullMarked
package dev.lockstep.backend.simd.tile;

import org.jspecify.annotations.NullMarked;
