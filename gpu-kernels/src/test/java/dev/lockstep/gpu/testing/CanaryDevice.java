package dev.lockstep.gpu.testing;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A device with a strip of known words before and behind every buffer; after each launch it looks
/// whether they are still there. New memory is filled with NaN, so that a read of
/// memory that was never written shows.
public final class CanaryDevice implements GpuDevice {
  private static final int STRIP_WORDS = 512;
  private static final long STRIP_BYTES = (long) STRIP_WORDS * Integer.BYTES;

  /// A NaN.
  private static final int UNWRITTEN = 0x7fc0beef;

  private final GpuDevice device;
  private final DeviceTraits traits;
  private final Slices slices;
  private final List<Guarded> held = new ArrayList<>();
  private long launches;

  /// @param traits what the generator is told instead of the truth, to vary the work-groups
  public CanaryDevice(GpuDevice device, DeviceTraits traits, Slices slices) {
    this.device = device;
    this.traits = traits;
    this.slices = slices;
  }

  /// @param whole the strips and what lies between them
  /// @param inner what lies between them
  private record Guarded(DeviceBuffer whole, DeviceBuffer inner, CanaryDevice owner)
      implements GuardedBuffer {
    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public long byteSize() {
      return inner.byteSize();
    }

    @Override
    public void close() {
      owner.held.remove(this);
      inner.close();
      whole.close();
    }
  }

  /// A buffer that can be told from the device's own.
  private interface GuardedBuffer extends DeviceBuffer {
    DeviceBuffer inner();
  }

  /// How many launches were looked after.
  public long launches() {
    return launches;
  }

  @Override
  public DeviceTraits traits() {
    return traits;
  }

  @Override
  public GpuProgram compile(KernelSource source) {
    return device.compile(source);
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    if (bytes % Integer.BYTES != 0) {
      throw new IllegalArgumentException(name + " has " + bytes + " bytes, not whole words");
    }
    int words = Math.toIntExact(bytes / Integer.BYTES);
    DeviceBuffer whole = device.allocate(name, STRIP_BYTES + bytes + STRIP_BYTES);
    int[] content = new int[STRIP_WORDS + words + STRIP_WORDS];
    Arrays.fill(content, UNWRITTEN);
    for (int i = 0; i < STRIP_WORDS; i++) {
      content[i] = canary(i);
      content[STRIP_WORDS + words + i] = canary(STRIP_WORDS + i);
    }
    device.upload(whole, 0, MemorySegment.ofArray(content));
    Guarded guarded = new Guarded(whole, slices.slice(whole, STRIP_BYTES, bytes), this);
    held.add(guarded);
    return guarded;
  }

  /// Every word of the strips is another one: a copy from there to there would not show otherwise.
  private static int canary(int index) {
    return 0x5ca1ab1e + index;
  }

  private static DeviceBuffer inner(DeviceBuffer buffer) {
    return ((GuardedBuffer) buffer).inner();
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    return device.allocateHost(bytes);
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    requireInside(to, toByte, from.byteSize());
    device.upload(inner(to), toByte, from);
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    requireInside(from, fromByte, to.byteSize());
    device.download(inner(from), fromByte, to);
  }

  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    requireInside(from, fromByte, bytes);
    return device.read(inner(from), fromByte, to, toByte, bytes);
  }

  private static void requireInside(DeviceBuffer buffer, long from, long bytes) {
    if (from < 0 || from + bytes > buffer.byteSize()) {
      throw new AssertionError(
          String.format(
              Locale.ROOT,
              "bytes %d to %d of %s, which has %d",
              from,
              from + bytes,
              buffer.name(),
              buffer.byteSize()));
    }
  }

  @Override
  public void launch(Launch launch) {
    device.launch(unguarded(launch));
    look(launch);
  }

  private static Launch unguarded(Launch launch) {
    List<Argument> arguments = new ArrayList<>();
    for (Argument argument : launch.arguments()) {
      arguments.add(argument instanceof DeviceBuffer buffer ? inner(buffer) : argument);
    }
    return new Launch(launch.kernel(), launch.what(), launch.groups(), launch.threads(), arguments);
  }

  private void look(Launch launch) {
    launches++;
    for (Argument argument : launch.arguments()) {
      if (argument instanceof Guarded guarded) {
        look(launch, guarded, 0, 0, -STRIP_WORDS);
        long words = guarded.byteSize() / Integer.BYTES;
        look(launch, guarded, STRIP_BYTES + guarded.byteSize(), STRIP_WORDS, words);
      }
    }
  }

  /// Looks at one strip.
  ///
  /// @param fromByte where it begins in the whole
  /// @param firstCanary which canary it begins with
  /// @param firstWord where it begins, in words of the guarded buffer
  private void look(
      Launch launch, Guarded guarded, long fromByte, int firstCanary, long firstWord) {
    int[] strip = new int[STRIP_WORDS];
    device.download(guarded.whole(), fromByte, MemorySegment.ofArray(strip));
    for (int i = 0; i < STRIP_WORDS; i++) {
      if (strip[i] != canary(firstCanary + i)) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s wrote word %d of %s, which has %d",
                launch,
                firstWord + i,
                guarded.name(),
                guarded.byteSize() / Integer.BYTES));
      }
    }
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    return new LaunchSequence() {
      @Override
      public void replay() {
        launches.forEach(CanaryDevice.this::launch);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  /// Without the strips.
  @Override
  public long allocatedBytes() {
    return held.stream().mapToLong(DeviceBuffer::byteSize).sum();
  }

  @Override
  public void close() {
    device.close();
  }
}
