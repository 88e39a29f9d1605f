/// The main job: plan, interleave, measure, verify, write.
@NullMarked
package dev.lockstep.run;

import org.jspecify.annotations.NullMarked;
