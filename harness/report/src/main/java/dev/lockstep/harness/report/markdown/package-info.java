/// `summary.md`: what a run comes to, for issues and pull requests.
@NullMarked
package dev.lockstep.harness.report.markdown;

import org.jspecify.annotations.NullMarked;
