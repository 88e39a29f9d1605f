/// How one source serves every vector width.
@NullMarked
package dev.lockstep.backend.simd.vector;

import org.jspecify.annotations.NullMarked;
