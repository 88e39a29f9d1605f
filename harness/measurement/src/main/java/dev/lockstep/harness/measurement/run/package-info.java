/// The main job: plan, interleave, measure, verify, write.
@NullMarked
package dev.lockstep.harness.measurement.run;

import org.jspecify.annotations.NullMarked;
