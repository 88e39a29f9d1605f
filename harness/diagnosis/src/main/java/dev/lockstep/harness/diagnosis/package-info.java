/// Finds the operation that went wrong: every operation is evaluated again in double precision from
/// the inputs that the tested backend itself showed, and its error is held against what rounding to
/// single precision may cost there.
///
/// It goes from [Trace] (what was shown) through [Network] (what should have been computed) to an
/// [Explanation]. It knows no worker and no file.
@NullMarked
package dev.lockstep.harness.diagnosis;

import org.jspecify.annotations.NullMarked;
