/// The prompts of a run: the built-in set, arguments, text files and JSONL.
@NullMarked
package dev.lockstep.harness.measurement.prompt;

import org.jspecify.annotations.NullMarked;
