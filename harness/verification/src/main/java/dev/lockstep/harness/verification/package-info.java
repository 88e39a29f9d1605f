/// Comparison with a reference: tokens, then logits.
@NullMarked
package dev.lockstep.harness.verification;

import org.jspecify.annotations.NullMarked;
