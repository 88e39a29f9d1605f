package dev.lockstep.gpu.testing;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import dev.lockstep.gpu.kernel.Geometry;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A device that runs [JavaKernels] at once when they are launched.
public final class JavaDevice implements GpuDevice {
  private final DeviceTraits traits;
  private final JavaKernels kernels;
  private final AtomicLong allocated = new AtomicLong();

  public JavaDevice(Gpt2Config config, DeviceTraits traits) {
    this.traits = traits;
    kernels = new JavaKernels(new Geometry(config, traits));
  }

  @Override
  public DeviceTraits traits() {
    return traits;
  }

  private record JavaKernel(String name) implements GpuKernel {}

  @Override
  public GpuProgram compile(KernelSource source) {
    return new GpuProgram() {
      @Override
      public GpuKernel kernel(String name) {
        if (!source.kernels().contains(name)) {
          throw new GpuException(source.name() + " has no kernel " + name);
        }
        return new JavaKernel(name);
      }

      @Override
      public String form() {
        return "Java";
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    return JavaBuffer.allocate(name, bytes, allocated);
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    MemorySegment memory = MemorySegment.ofArray(new int[Math.toIntExact(bytes / Integer.BYTES)]);
    return new HostBuffer() {
      @Override
      public MemorySegment memory() {
        return memory;
      }

      @Override
      public void close() {}
    };
  }

  /// [Slices] of this device's buffers.
  public static DeviceBuffer slice(DeviceBuffer whole, long fromByte, long bytes) {
    return ((JavaBuffer) whole).slice(fromByte, bytes);
  }

  private static MemorySegment memory(DeviceBuffer buffer) {
    return ((JavaBuffer) buffer).memory();
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    MemorySegment.copy(from, 0, memory(to), toByte, from.byteSize());
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    MemorySegment.copy(memory(from), fromByte, to, 0, to.byteSize());
  }

  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    MemorySegment.copy(memory(from), fromByte, to.memory(), toByte, bytes);
    return () -> {};
  }

  @Override
  public void launch(Launch launch) {
    try {
      kernels.run(launch);
    } catch (RuntimeException e) {
      throw GpuException.launch(launch, e);
    }
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    return new LaunchSequence() {
      @Override
      public void replay() {
        launches.forEach(JavaDevice.this::launch);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void synchronize() {}

  @Override
  public long allocatedBytes() {
    return allocated.get();
  }

  @Override
  public void close() {}
}
