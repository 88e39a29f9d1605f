/// The generated kernels on OpenCL devices, through JOCL.
@NullMarked
package dev.lockstep.backend.opencl;

import org.jspecify.annotations.NullMarked;
