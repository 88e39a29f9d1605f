/// The vendors' runtime compilers, NVRTC and hiprtc, and a cache of what they made.
///
/// Both are shared libraries with one C interface up to the prefix of its names, so one binding
/// serves both. Neither needs a GPU, which is how continuous integration compiles for devices that
/// it does not have. `docs/decisions` says why this is a module of its own.
@NullMarked
package dev.lockstep.gpu.compiler;

import org.jspecify.annotations.NullMarked;
