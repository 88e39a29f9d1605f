/// Puts the parts of a plan that several machines carried out together, as if one had.
@NullMarked
package dev.lockstep.harness.measurement.merge;

import org.jspecify.annotations.NullMarked;
