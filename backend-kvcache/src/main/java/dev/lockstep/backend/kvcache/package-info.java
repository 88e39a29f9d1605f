/// Stage 2: the operations of stage 1, unchanged, plus a cache of keys and values.
///
/// Classes that exist in stage 1 too have the same names and the same order of methods: the
/// difference between the two files is the lesson.
@NullMarked
package dev.lockstep.backend.kvcache;

import org.jspecify.annotations.NullMarked;
