/// Stage 2: the operations of stage 1 plus a KV cache.
@NullMarked
package dev.lockstep.backend.kvcache;

import org.jspecify.annotations.NullMarked;
