/// Measures what the machine could do at best: read bandwidth and FMA rate.
@NullMarked
package dev.lockstep.harness.worker.probe;

import org.jspecify.annotations.NullMarked;
