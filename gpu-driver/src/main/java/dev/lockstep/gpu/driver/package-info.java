/// A [dev.lockstep.gpu.device.GpuDevice] over a driver API of CUDA's shape, which HIP's is too: all
/// that is worth getting right once (memory accounts, staging, graphs, what a failure is called) is
/// here, above an interface so thin that its two implementations only pass calls on, and so small
/// that a test can stand in for a card.
@NullMarked
package dev.lockstep.gpu.driver;

import org.jspecify.annotations.NullMarked;
