/// The kernels of stage 4 on AMD, through the HIP runtime.
///
/// **Compiled for gfx90a and gfx1030, never run on AMD hardware.**
@NullMarked
package dev.lockstep.backend.hip;

import org.jspecify.annotations.NullMarked;
