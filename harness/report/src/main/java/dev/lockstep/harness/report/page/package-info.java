/// `report.html`: one file that shows a run to anyone with a browser, without a network.
///
/// [dev.lockstep.harness.report.page.ReportPage] puts it together from sections; `page.css` and
/// `page.js` beside it are how it looks and how its charts are drawn. What a chart shows is in
/// `charts`, and stands in the tables too, for those who read without scripts.
@NullMarked
package dev.lockstep.harness.report.page;

import org.jspecify.annotations.NullMarked;
