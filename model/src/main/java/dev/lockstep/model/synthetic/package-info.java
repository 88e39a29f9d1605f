/// Synthetic weights: shapes by name, and the documented counter-based generator.
@NullMarked
package dev.lockstep.model.synthetic;

import org.jspecify.annotations.NullMarked;
