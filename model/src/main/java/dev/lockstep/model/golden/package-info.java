/// Golden files: what an independent reference says a model must answer.
@NullMarked
package dev.lockstep.model.golden;

import org.jspecify.annotations.NullMarked;
