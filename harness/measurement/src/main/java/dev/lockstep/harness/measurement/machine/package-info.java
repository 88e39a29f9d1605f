/// What of a machine disturbs a measurement: as it is before one, and while one runs.
@NullMarked
package dev.lockstep.harness.measurement.machine;

import org.jspecify.annotations.NullMarked;
