/// What a GPU runtime must offer so that the decoder can run on it: memory, programs, launches.
/// Links no native type; a backend implements it over CUDA, HIP or OpenCL.
@NullMarked
package dev.lockstep.gpu.device;

import org.jspecify.annotations.NullMarked;
