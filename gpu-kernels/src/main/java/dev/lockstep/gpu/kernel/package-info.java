/// Kernels as text: the generator, the prelude of the three dialects, the order of arithmetic.
@NullMarked
package dev.lockstep.gpu.kernel;

import org.jspecify.annotations.NullMarked;
