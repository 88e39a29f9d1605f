package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// Does everything on two devices, and after every launch compares all memory that the kernel was
/// handed, bit for bit (a NaN is a NaN).
///
/// Give it devices with the same traits, one of them a [JavaDevice]: then a kernel that computes
/// something else than its Java model is named at its first wrong word.
public final class TwinDevice implements GpuDevice {
  private final GpuDevice tested;
  private final GpuDevice model;
  private final Set<String> kernels = new TreeSet<>();

  public TwinDevice(GpuDevice tested, GpuDevice model) {
    this.tested = tested;
    this.model = model;
  }

  private record Pair(DeviceBuffer one, DeviceBuffer two) implements DeviceBuffer {
    @Override
    public String name() {
      return one.name();
    }

    @Override
    public long byteSize() {
      return one.byteSize();
    }

    @Override
    public void close() {
      one.close();
      two.close();
    }
  }

  private record PairOfKernels(GpuKernel one, GpuKernel two) implements GpuKernel {
    @Override
    public String name() {
      return one.name();
    }
  }

  /// The kernels that were compared.
  public Set<String> kernels() {
    return kernels;
  }

  @Override
  public DeviceTraits traits() {
    return tested.traits();
  }

  @Override
  public GpuProgram compile(KernelSource source) {
    GpuProgram one = tested.compile(source);
    GpuProgram two = model.compile(source);
    return new GpuProgram() {
      @Override
      public GpuKernel kernel(String name) {
        return new PairOfKernels(one.kernel(name), two.kernel(name));
      }

      @Override
      public String form() {
        return one.form();
      }

      @Override
      public void close() {
        one.close();
        two.close();
      }
    };
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    return new Pair(tested.allocate(name, bytes), model.allocate(name, bytes));
  }

  /// [Slices] of both devices' buffers.
  public static Slices slices(Slices tested, Slices model) {
    return (whole, fromByte, bytes) -> {
      Pair pair = (Pair) whole;
      return new Pair(
          tested.slice(pair.one, fromByte, bytes), model.slice(pair.two, fromByte, bytes));
    };
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    return tested.allocateHost(bytes);
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    tested.upload(((Pair) to).one, toByte, from);
    model.upload(((Pair) to).two, toByte, from);
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    tested.download(((Pair) from).one, fromByte, to);
  }

  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    return tested.read(((Pair) from).one, fromByte, to, toByte, bytes);
  }

  @Override
  public void launch(Launch launch) {
    PairOfKernels kernel = (PairOfKernels) launch.kernel();
    tested.launch(part(launch, kernel.one, Pair::one));
    model.launch(part(launch, kernel.two, Pair::two));
    kernels.add(kernel.name());
    for (Argument argument : launch.arguments()) {
      if (argument instanceof Pair pair) {
        compare(launch, pair);
      }
    }
  }

  private static Launch part(Launch launch, GpuKernel kernel, Function<Pair, DeviceBuffer> which) {
    List<Argument> arguments = new ArrayList<>();
    for (Argument argument : launch.arguments()) {
      arguments.add(argument instanceof Pair pair ? which.apply(pair) : argument);
    }
    return new Launch(kernel, launch.what(), launch.groups(), launch.threads(), arguments);
  }

  private void compare(Launch launch, Pair pair) {
    int[] one = new int[Math.toIntExact(pair.byteSize() / Integer.BYTES)];
    int[] two = new int[one.length];
    tested.download(pair.one, 0, MemorySegment.ofArray(one));
    model.download(pair.two, 0, MemorySegment.ofArray(two));
    for (int i = 0; i < one.length; i++) {
      float a = Float.intBitsToFloat(one[i]);
      float b = Float.intBitsToFloat(two[i]);
      if (one[i] != two[i] && !(Float.isNaN(a) && Float.isNaN(b))) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s: word %d of %s is %s (%x), in the model %s (%x)",
                launch,
                i,
                pair.name(),
                a,
                one[i],
                b,
                two[i]));
      }
    }
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    return new LaunchSequence() {
      @Override
      public void replay() {
        launches.forEach(TwinDevice.this::launch);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void synchronize() {
    tested.synchronize();
  }

  @Override
  public long allocatedBytes() {
    return tested.allocatedBytes() + model.allocatedBytes();
  }

  @Override
  public void close() {
    tested.close();
    model.close();
  }
}
