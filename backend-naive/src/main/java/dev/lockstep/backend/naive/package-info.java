/// Stage 1: GPT-2 as one would write it on a whiteboard.
@NullMarked
package dev.lockstep.backend.naive;

import org.jspecify.annotations.NullMarked;
