/// What the user is told when something cannot be done, and the exit code that goes with it.
@NullMarked
package dev.lockstep.harness.worker.error;

import org.jspecify.annotations.NullMarked;
