/// The files of a run and the table at its end.
@NullMarked
package dev.lockstep.report;

import org.jspecify.annotations.NullMarked;
