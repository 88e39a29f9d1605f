package dev.lockstep.gpu.device;

/// What the generator and the decoder need to know of a device. None of it changes a result: it
/// decides how work is spread, never in which order numbers are added.
///
/// @param name for people: `NVIDIA H200`, `PoCL 3.1 (cpu)`; what `availability` reports as device
/// @param dialect what its compiler reads
/// @param gpu whether it hides latency with many threads in flight; false for a CPU
/// @param waveWidth threads that run in step: 32 (NVIDIA, RDNA), 64 (CDNA), 1 where threads do
///     not run in step; kernels exchange values inside a wave only where it is at least 32 and the
///     dialect is not OpenCL
/// @param vectorWidth floats that a thread should fetch at once: 4 on a GPU (16 bytes), those of a
///     vector register on a CPU, at most 16; above 4 only in OpenCL
/// @param computeUnits multiprocessors, compute units or cores
/// @param maxThreadsPerGroup the largest work-group; the kernels need [#THREADS]
/// @param localMemoryBytes shared memory that a kernel may declare statically (CUDA: 49 152)
/// @param memoryBytes memory of the device
public record DeviceTraits(
    String name,
    Dialect dialect,
    boolean gpu,
    int waveWidth,
    int vectorWidth,
    int computeUnits,
    int maxThreadsPerGroup,
    long localMemoryBytes,
    long memoryBytes) {

  /// Threads of every work-group of every kernel.
  public static final int THREADS = 256;

  /// Local memory that the kernels take for granted.
  public static final int MIN_LOCAL_MEMORY_BYTES = 16 * 1024;

  public DeviceTraits {
    if (vectorWidth < 1 || vectorWidth > (dialect == Dialect.OPENCL ? 16 : 4)) {
      throw new IllegalArgumentException("vectors of " + vectorWidth + " floats in " + dialect);
    }
    if (computeUnits < 1) {
      throw new IllegalArgumentException(name + " has " + computeUnits + " compute units");
    }
  }

  /// A device that kernels can be generated for where there is none: an H100, an MI210, and some
  /// OpenCL device with four compute units.
  public static DeviceTraits typical(Dialect dialect) {
    return switch (dialect) {
      case CUDA ->
          new DeviceTraits("NVIDIA H100", dialect, true, 32, 4, 132, 1024, 49_152, 80L << 30);
      case HIP -> new DeviceTraits("AMD MI210", dialect, true, 64, 4, 104, 1024, 65_536, 64L << 30);
      case OPENCL -> new DeviceTraits("OpenCL", dialect, false, 1, 4, 4, 4096, 65_536, 8L << 30);
    };
  }
}
