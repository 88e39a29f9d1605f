/// Statistics of samples: means, ratios, intervals, outliers.
@NullMarked
package dev.lockstep.statistics;

import org.jspecify.annotations.NullMarked;
