/// Several tokens at once, where the text repeats itself.
@NullMarked
package dev.lockstep.backend.simd.draft;

import org.jspecify.annotations.NullMarked;
