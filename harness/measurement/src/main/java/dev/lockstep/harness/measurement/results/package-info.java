/// The files of a run, as `results/SCHEMA.md` describes them: each is written and read in one
/// place.
@NullMarked
package dev.lockstep.harness.measurement.results;

import org.jspecify.annotations.NullMarked;
