/// Statistics of samples: means, ratios, intervals, outliers.
@NullMarked
package dev.lockstep.harness.measurement.statistics;

import org.jspecify.annotations.NullMarked;
