/// What a run looks like to its reader: the table at its end, and the command that repeats it.
///
/// It reads samples and statistics and prints nothing itself.
@NullMarked
package dev.lockstep.harness.report;

import org.jspecify.annotations.NullMarked;
