package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.GpuProgram;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A device over a driver API.
///
/// Failures of the driver become [GpuException]s that name what was being done and the launch that
/// was queued last: a kernel that faults is noticed by whoever waits next. With `synchronous` every
/// launch is waited for, so that the launch named is the one that failed.
public final class DriverDevice implements GpuDevice {
  private final DriverContext context;
  private final DeviceTraits traits;
  private final CodeMaker maker;
  private final boolean graphs;
  private final boolean synchronous;
  private final Arena arena = Arena.ofShared();
  private final KernelParameters parameters = new KernelParameters(arena);
  private final Transfers transfers;
  private final SequencedSet<Resource> open = new LinkedHashSet<>();
  private long allocatedBytes;

  /// A launch, or the name of a graph; made into words only when something fails.
  private @Nullable Object queuedLast;

  private boolean failed;
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
    this.context = context;
    this.traits = traits;
    this.maker = maker;
    this.graphs = graphs && !synchronous;
    this.synchronous = synchronous;
    try {
      context.makeCurrent();
      transfers = new Transfers(context);
    } catch (RuntimeException e) {
      arena.close();
      context.close();
      throw e instanceof DriverException
          ? new GpuException("%s: %s".formatted(traits.name(), e.getMessage()), e)
          : e;
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
        driver -> keep(DriverProgram.of(this, driver, maker, source)));
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("buffer %s of %d bytes".formatted(name, bytes));
    }
    return call(
        "allocating buffer %s of %d bytes, with %d of %d bytes held by this model"
            .formatted(name, bytes, allocatedBytes, traits.memoryBytes()),
        driver -> {
          DriverBuffer buffer = new DriverBuffer(this, name, bytes, driver.allocate(bytes));
          allocatedBytes += bytes;
          return keep(buffer);
        });
  }

  void free(DriverBuffer buffer, DriverContext.Memory memory) {
    allocatedBytes -= buffer.byteSize();
    release(buffer, "freeing buffer " + buffer.name(), driver -> driver.free(memory));
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    return call(
        "allocating %d bytes of page-locked memory".formatted(bytes),
        driver -> keep(new DriverHostBuffer(this, driver.allocateHost(bytes))));
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    DriverBuffer target = own(to);
    target.check(toByte, from.byteSize());
    run("uploading to " + to.name(), driver -> transfers.upload(target, toByte, from));
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    DriverBuffer source = own(from);
    source.check(fromByte, to.byteSize());
    run("downloading from " + from.name(), driver -> transfers.download(source, fromByte, to));
  }

  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    DriverBuffer source = own(from);
    source.check(fromByte, bytes);
    MemorySegment place = to.memory().asSlice(toByte, bytes);
    return call(
        "reading " + from.name(),
        driver -> new DriverRead(this, from.name(), transfers.read(source, fromByte, place)));
  }

  void await(String buffer, DriverContext.Event event) {
    run("reading " + buffer, driver -> transfers.await(event));
  }

  @Override
  public void launch(Launch launch) {
    if (!(launch.kernel() instanceof DriverProgram.Kernel kernel) || kernel.device() != this) {
      throw new IllegalArgumentException(launch + " is not of " + traits.name());
    }
    checkOpen();
    try {
      context.makeCurrent();
      context.launch(
          kernel.function(),
          launch.groups(),
          launch.threads(),
          parameters.of(launch.arguments(), this));
      queuedLast = launch;
      if (synchronous) {
        context.synchronize();
      }
    } catch (DriverException e) {
      failed = true;
      throw new GpuException("%s failed: %s".formatted(launch, e.getMessage()), e);
    }
  }

  void launch(String sequence, DriverContext.Graph graph) {
    run("launching graph " + sequence, driver -> driver.launch(graph));
    queuedLast = "graph " + sequence;
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    List<Launch> kept = List.copyOf(launches);
    if (!graphs) {
      checkOpen();
      return new DriverSequence.Loop(this, kept);
    }
    return call(
        "capturing graph " + name,
        driver -> {
          driver.beginCapture();
          try {
            kept.forEach(this::launch);
          } catch (RuntimeException e) {
            abandonCapture(e);
            throw e;
          }
          return keep(new DriverSequence.Captured(this, name, driver.endCapture()));
        });
  }

  /// Leaves capture mode; what was captured is not used.
  private void abandonCapture(RuntimeException reason) {
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
    call(
        what,
        driver -> {
          calls.accept(driver);
          return "";
        });
  }

  /// Makes driver calls with the context current.
  <T> T call(String what, Function<DriverContext, T> calls) {
    checkOpen();
    try {
      context.makeCurrent();
      return calls.apply(context);
    } catch (DriverException e) {
      failed = true;
      throw failure(what, e);
    }
  }

  private GpuException failure(String what, DriverException e) {
    String after = queuedLast == null ? "" : ", after " + queuedLast + " was queued";
    return new GpuException(
        "%s: %s (while %s%s)".formatted(traits.name(), e.getMessage(), what, after), e);
  }

  /// Gives something back. After a failure the driver refuses everything, and says nothing new.
  void release(@Nullable Resource resource, String what, Consumer<DriverContext> calls) {
    if (resource != null) {
      open.remove(resource);
    }
    try {
      context.makeCurrent();
      calls.accept(context);
    } catch (DriverException e) {
      if (!failed) {
        failed = true;
        throw failure(what, e);
      }
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("device %s is closed".formatted(traits.name()));
    }
  }

  /// Gives back what is still open, the youngest first: graphs before the code and the memory that
  /// they use.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      release(null, "waiting", DriverContext::synchronize);
      List.copyOf(open.reversed()).forEach(Resource::close);
      release(null, "freeing page-locked memory", driver -> transfers.close());
    } finally {
      closed = true;
      arena.close();
      closeContext();
    }
  }

  private void closeContext() {
    try {
      context.close();
    } catch (DriverException e) {
      if (!failed) {
        throw failure("letting go of the device", e);
      }
    }
  }
}
