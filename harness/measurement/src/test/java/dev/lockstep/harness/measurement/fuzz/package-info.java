/// Seeded mutations of every file that a user may hand to Lockstep, and readers that share no code
/// with it to say what a mutated file means.
@NullMarked
package dev.lockstep.harness.measurement.fuzz;

import org.jspecify.annotations.NullMarked;
