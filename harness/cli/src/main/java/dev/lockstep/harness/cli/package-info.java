/// The command line.
@NullMarked
package dev.lockstep.harness.cli;

import org.jspecify.annotations.NullMarked;
