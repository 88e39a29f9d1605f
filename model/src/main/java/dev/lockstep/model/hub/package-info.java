/// Downloads from the Hugging Face hub into its cache layout. Nothing that the server says is
/// believed: names, lengths and checksums are verified, and a model appears when it is complete.
@NullMarked
package dev.lockstep.model.hub;

import org.jspecify.annotations.NullMarked;
