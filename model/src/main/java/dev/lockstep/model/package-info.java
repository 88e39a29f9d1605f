/// Models: checkpoints in Hugging Face layout, the embedded model, synthetic models.
@NullMarked
package dev.lockstep.model;

import org.jspecify.annotations.NullMarked;
