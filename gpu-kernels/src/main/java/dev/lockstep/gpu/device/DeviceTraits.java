package dev.lockstep.gpu.device;

/// What the generator and the decoder need to know of a device. None of it changes a result: it
/// decides how work is spread, never in which order numbers are added.
///
/// @param name for people: `NVIDIA H200`, `PoCL 3.1 (cpu)`; what `availability` reports as device
/// @param dialect what its compiler reads
/// @param gpu whether it hides latency with many threads in flight; false for a CPU
/// @param waveWidth threads that run in step: 32 (NVIDIA, RDNA), 64 (CDNA), 1 where there is no
// such
///     thing; kernels exchange values inside a wave only where it is at least 32 and the dialect is
///     not OpenCL
/// @param computeUnits multiprocessors, compute units or cores
/// @param mostThreadsPerGroup the largest work-group; the kernels need [#THREADS]
/// @param localMemoryBytes shared memory that a kernel may declare statically (CUDA: 49 152)
/// @param memoryBytes memory of the device
public record DeviceTraits(
    String name,
    Dialect dialect,
    boolean gpu,
    int waveWidth,
    int computeUnits,
    int mostThreadsPerGroup,
    long localMemoryBytes,
    long memoryBytes) {

  /// Threads of every work-group of every kernel.
  public static final int THREADS = 256;

  /// Local memory that the kernels take for granted.
  public static final int LEAST_LOCAL_MEMORY_BYTES = 16 * 1024;

  /// Whether lanes can exchange values without local memory.
  public boolean shuffles() {
    return dialect != Dialect.OPENCL && waveWidth >= 32;
  }
}
