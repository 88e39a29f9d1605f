/// Comparison with a reference: tokens, then logits.
@NullMarked
package dev.lockstep.verify;

import org.jspecify.annotations.NullMarked;
