/// Stage 4: the generated kernels on NVIDIA, through the driver API.
@NullMarked
package dev.lockstep.backend.cuda;

import org.jspecify.annotations.NullMarked;
