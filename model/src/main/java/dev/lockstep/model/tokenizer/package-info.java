/// Byte-level BPE, exact for all Unicode, and streaming decoding.
@NullMarked
package dev.lockstep.model.tokenizer;

import org.jspecify.annotations.NullMarked;
