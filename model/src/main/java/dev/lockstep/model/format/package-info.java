/// File formats, strictly read: JSON within limits, and safetensors. What a file claims is checked
/// before memory or trust is spent on it.
@NullMarked
package dev.lockstep.model.format;

import org.jspecify.annotations.NullMarked;
