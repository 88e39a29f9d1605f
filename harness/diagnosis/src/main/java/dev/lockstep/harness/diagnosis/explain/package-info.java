/// Goes from what a backend showed to an explanation: how each operation compares with its budget,
/// which is the first that exceeds it, in which rows and channels, and what mistake that looks
/// like.
///
/// [dev.lockstep.harness.diagnosis.explain.Explainer] is the way in.
@NullMarked
package dev.lockstep.harness.diagnosis.explain;

import org.jspecify.annotations.NullMarked;
