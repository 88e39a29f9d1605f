/// Devices for tests: one that guards its memory, one that computes in Java.
@NullMarked
package dev.lockstep.gpu.testing;

import org.jspecify.annotations.NullMarked;
