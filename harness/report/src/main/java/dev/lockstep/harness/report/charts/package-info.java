/// The charts of a report: [dev.lockstep.harness.report.charts.Charts] says which there are and
/// what they show, as data that the page's script draws.
@NullMarked
package dev.lockstep.harness.report.charts;

import org.jspecify.annotations.NullMarked;
