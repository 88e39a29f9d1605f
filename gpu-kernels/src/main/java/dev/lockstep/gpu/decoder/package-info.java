/// GPT-2 on a [dev.lockstep.gpu.device.GpuDevice]: the same decoder on CUDA, HIP and OpenCL.
@NullMarked
package dev.lockstep.gpu.decoder;

import org.jspecify.annotations.NullMarked;
