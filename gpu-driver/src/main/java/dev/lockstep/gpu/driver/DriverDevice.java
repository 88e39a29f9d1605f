package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.function.Consumer;
import java.util.function.Function;

/// A device over a driver API.
///
/// Failures of the driver become [GpuException]s that name what was being done and the launch that
/// was queued last ([DriverCalls]). With `synchronous` every launch is waited for, so that the
/// launch named is the one that failed.
public final class DriverDevice implements GpuDevice {
  private final DriverCalls driver;
  private final DeviceTraits traits;
  private final CodeMaker maker;
  private final boolean graphs;
  private final boolean synchronous;
  private final Arena arena = Arena.ofShared();
  private final KernelParameters parameters = new KernelParameters(arena);
  private final Transfers transfers;
  private final SequencedSet<Resource> open = new LinkedHashSet<>();
  private long allocatedBytes;
  private boolean closed;

  /// Takes over the context: closes it when it is closed, and if this fails.
  ///
  /// @param graphs whether recorded launches become a graph of the driver's
  /// @param synchronous whether every launch is waited for; then there are no graphs
  @SuppressWarnings("MustBeClosedChecker") // the arena lives until close()
  public DriverDevice(
      DriverContext context,
      DeviceTraits traits,
      CodeMaker maker,
      boolean graphs,
      boolean synchronous) {
    driver = new DriverCalls(context, traits.name());
    this.traits = traits;
    this.maker = maker;
    this.graphs = graphs && !synchronous;
    this.synchronous = synchronous;
    try {
      transfers = driver.call("opening it", Transfers::new);
    } catch (RuntimeException e) {
      arena.close();
      driver.close();
      throw e;
    }
  }

  @Override
  public DeviceTraits traits() {
    return traits;
  }

  @Override
  public GpuProgram compile(KernelSource source) {
    if (source.dialect() != traits.dialect()) {
      throw new IllegalArgumentException(
          "%s reads %s, not %s"
              .formatted(traits.name(), traits.dialect().word(), source.dialect().word()));
    }
    return call(
        "compiling " + source.name(),
        context -> keep(DriverProgram.of(this, context, maker, source)));
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "buffer %s of %d bytes", name, bytes));
    }
    return call(
        String.format(
            Locale.ROOT,
            "allocating buffer %s of %d bytes, with %d of %d bytes held by this model",
            name,
            bytes,
            allocatedBytes,
            traits.memoryBytes()),
        context -> {
          DriverBuffer buffer = new DriverBuffer(this, name, bytes, context.allocate(bytes));
          allocatedBytes += bytes;
          return keep(buffer);
        });
  }

  void free(DriverBuffer buffer, DriverContext.Memory memory) {
    allocatedBytes -= buffer.byteSize();
    release(buffer, "freeing buffer " + buffer.name(), context -> context.free(memory));
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    return call(
        String.format(Locale.ROOT, "allocating %d bytes of page-locked memory", bytes),
        context -> keep(new DriverHostBuffer(this, context.allocateHost(bytes))));
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    DriverBuffer target = own(to);
    target.check(toByte, from.byteSize());
    run("uploading to " + to.name(), context -> transfers.upload(target, toByte, from));
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    DriverBuffer source = own(from);
    source.check(fromByte, to.byteSize());
    run("downloading from " + from.name(), context -> transfers.download(source, fromByte, to));
  }

  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    DriverBuffer source = own(from);
    source.check(fromByte, bytes);
    MemorySegment place = to.memory().asSlice(toByte, bytes);
    return call(
        "reading " + from.name(),
        context -> new DriverRead(this, from.name(), transfers.read(source, fromByte, place)));
  }

  void await(String buffer, DriverContext.Event event) {
    run("reading " + buffer, context -> transfers.await(event));
  }

  @Override
  public void launch(Launch launch) {
    if (!(launch.kernel() instanceof DriverProgram.Kernel kernel) || kernel.device() != this) {
      throw new IllegalArgumentException(launch + " is not of " + traits.name());
    }
    driver.launch(
        launch,
        context -> {
          context.launch(
              kernel.function(),
              launch.groups(),
              launch.threads(),
              parameters.of(launch.arguments(), this));
          if (synchronous) {
            context.synchronize();
          }
        });
  }

  /// With events between the launches: a launch's time is that from the end of the one before it.
  @Override
  public long[] time(List<Launch> launches) {
    return call(
        String.format(Locale.ROOT, "timing %d launches", launches.size()),
        context -> {
          List<DriverContext.Event> timers = new ArrayList<>();
          for (int i = 0; i <= launches.size(); i++) {
            timers.add(context.createTimer());
          }
          context.record(timers.getFirst());
          for (int i = 0; i < launches.size(); i++) {
            launch(launches.get(i));
            context.record(timers.get(i + 1));
          }
          context.synchronize();
          long[] nanos = new long[launches.size()];
          for (int i = 0; i < nanos.length; i++) {
            nanos[i] = context.elapsedNanos(timers.get(i), timers.get(i + 1));
          }
          timers.forEach(context::destroy);
          return nanos;
        });
  }

  void launch(String sequence, DriverContext.Graph graph) {
    driver.launch(sequence, context -> context.launch(graph));
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    List<Launch> kept = List.copyOf(launches);
    if (!graphs) {
      driver.checkOpen();
      return new DriverSequence.Loop(this, kept);
    }
    return call(
        "capturing graph " + name,
        context -> {
          context.beginCapture();
          try {
            kept.forEach(this::launch);
          } catch (RuntimeException e) {
            abandonCapture(context, e);
            throw e;
          }
          return keep(new DriverSequence.Captured(this, name, context.endCapture()));
        });
  }

  /// Leaves capture mode; what was captured is not used.
  private static void abandonCapture(DriverContext context, RuntimeException reason) {
    try {
      context.destroy(context.endCapture());
    } catch (DriverException e) {
      reason.addSuppressed(e);
    }
  }

  @Override
  public void synchronize() {
    run("waiting", DriverContext::synchronize);
  }

  @Override
  public long allocatedBytes() {
    return allocatedBytes;
  }

  /// This device's side of a buffer.
  DriverBuffer own(DeviceBuffer buffer) {
    if (buffer instanceof DriverBuffer own && own.device == this) {
      return own;
    }
    throw new IllegalArgumentException(
        "buffer %s is not of %s".formatted(buffer.name(), traits.name()));
  }

  private <T extends Resource> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  private void run(String what, Consumer<DriverContext> calls) {
    driver.run(what, calls);
  }

  /// Makes driver calls with the context current.
  <T> T call(String what, Function<DriverContext, T> calls) {
    return driver.call(what, calls);
  }

  /// Gives something back.
  void release(Resource resource, String what, Consumer<DriverContext> calls) {
    open.remove(resource);
    driver.release(what, calls);
  }

  /// Gives back what is still open, the youngest first: graphs before the code and the memory that
  /// they use.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      driver.release("waiting", DriverContext::synchronize);
      List.copyOf(open.reversed()).forEach(Resource::close);
      driver.release("freeing page-locked memory", context -> transfers.close());
    } finally {
      arena.close();
      driver.close();
    }
  }
}
