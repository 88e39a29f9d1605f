package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.Argument;
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
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/// An OpenCL device with an in-order queue for work, and one that only fetches results: a fetch
/// waits for what it needs, not for what was queued since.
final class OpenClDevice implements GpuDevice {
  /// No warnings: compilers report every hint to unroll that they do not take.
  private static final String OPTIONS = "-cl-std=CL1.2 -w";

  private static final String ROUNDED = " -cl-fp32-correctly-rounded-divide-sqrt";

  private final ClDeviceInfo info;
  private final DeviceTraits traits;
  private final cl_device_id device;
  private final cl_context context;
  private final cl_command_queue queue;
  private final cl_command_queue fetches;
  private final AtomicLong allocated = new AtomicLong();

  /// Made when something is timed for the first time.
  private @Nullable ClTimer timer;

  /// Made into words only when something fails.
  private @Nullable Launch queuedLast;

  private boolean closed;

  OpenClDevice(ClDeviceInfo info) {
    this.info = info;
    traits = info.traits();
    device = info.device();
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, info.platform());
    context = CL.clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, null);
    queue = createQueue(0);
    fetches = createQueue(0);
  }

  /// The call of OpenCL 1.2, which every later version has too.
  @SuppressWarnings("deprecation")
  private cl_command_queue createQueue(long properties) {
    return CL.clCreateCommandQueue(context, device, properties, null);
  }

  /// What the execution path says of this device beyond its name.
  Map<String, String> report() {
    return Map.of(
        "correctly_rounded", info.roundsCorrectly() ? "yes" : "no",
        "subnormals", info.keepsSubnormals() ? "kept" : "flushed");
  }

  @Override
  public DeviceTraits traits() {
    return traits;
  }

  @Override
  public GpuProgram compile(KernelSource source) {
    cl_program program =
        CL.clCreateProgramWithSource(context, 1, new String[] {source.text()}, null, null);
    String options = OPTIONS + (info.roundsCorrectly() ? ROUNDED : "");
    try {
      CL.clBuildProgram(program, 1, new cl_device_id[] {device}, options, null, null);
    } catch (CLException e) {
      String log = buildLog(program);
      CL.clReleaseProgram(program);
      throw new GpuException(
          "%s does not compile on %s: %s%n%s"
              .formatted(source.name(), traits.name(), e.getMessage(), log),
          e);
    }
    return new ClProgram(source.name(), program);
  }

  private String buildLog(cl_program program) {
    long[] size = new long[1];
    CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
    byte[] log = new byte[Math.toIntExact(size[0])];
    CL.clGetProgramBuildInfo(
        program, device, CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
    return new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  @Override
  public DeviceBuffer allocate(String name, long bytes) {
    try {
      cl_mem memory = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null);
      return new ClBuffer(name, bytes, memory, allocated);
    } catch (CLException e) {
      throw new GpuException(
          String.format(
              Locale.ROOT,
              "%s cannot allocate %d bytes for %s, %d are held: %s",
              traits.name(),
              bytes,
              name,
              allocated.get(),
              e.getMessage()),
          e);
    }
  }

  @Override
  public HostBuffer allocateHost(long bytes) {
    try {
      return new ClHostBuffer(
          bytes, CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null));
    } catch (CLException e) {
      throw new GpuException(
          String.format(
              Locale.ROOT,
              "%s cannot allocate %d bytes for reading back: %s",
              traits.name(),
              bytes,
              e.getMessage()),
          e);
    }
  }

  @Override
  public void upload(DeviceBuffer to, long toByte, MemorySegment from) {
    for (long at = 0; at < from.byteSize(); at += HostMemory.MAX_BYTES) {
      long bytes = Math.min(HostMemory.MAX_BYTES, from.byteSize() - at);
      Pointer pointer = HostMemory.pointer(from.asSlice(at, bytes));
      cl_mem memory = ((ClBuffer) to).memory();
      long offset = toByte + at;
      call(
          "upload to " + to.name(),
          () ->
              CL.clEnqueueWriteBuffer(
                  queue, memory, CL.CL_TRUE, offset, bytes, pointer, 0, null, null));
    }
  }

  @Override
  public void download(DeviceBuffer from, long fromByte, MemorySegment to) {
    for (long at = 0; at < to.byteSize(); at += HostMemory.MAX_BYTES) {
      long bytes = Math.min(HostMemory.MAX_BYTES, to.byteSize() - at);
      Pointer pointer = HostMemory.pointer(to.asSlice(at, bytes));
      cl_mem memory = ((ClBuffer) from).memory();
      long offset = fromByte + at;
      call(
          "download from " + from.name(),
          () ->
              CL.clEnqueueReadBuffer(
                  queue, memory, CL.CL_TRUE, offset, bytes, pointer, 0, null, null));
    }
  }

  /// Copies on the device, in order; who waits fetches the copy. For a read that does not block,
  /// JOCL would start a thread that waits for it, for every token.
  @Override
  public PendingRead read(
      DeviceBuffer from, long fromByte, HostBuffer to, long toByte, long bytes) {
    cl_event copied = new cl_event();
    cl_mem staging = ((ClHostBuffer) to).staging();
    Pointer pointer = HostMemory.pointer(to.memory().asSlice(toByte, bytes));
    cl_mem memory = ((ClBuffer) from).memory();
    String what = "read of " + from.name();
    call(
        what,
        () ->
            CL.clEnqueueCopyBuffer(
                queue, memory, staging, fromByte, toByte, bytes, 0, null, copied));
    flush();
    return () ->
        call(
            what,
            () -> {
              cl_event[] needed = {copied};
              CL.clEnqueueReadBuffer(
                  fetches, staging, CL.CL_TRUE, toByte, bytes, pointer, 1, needed, null);
              CL.clReleaseEvent(copied);
            });
  }

  @Override
  public void launch(Launch launch) {
    cl_kernel kernel = ((ClProgram.ClKernel) launch.kernel()).shared();
    setArguments(kernel, launch);
    enqueue(kernel, launch);
  }

  /// By a queue of its own that takes the time in which each launch runs.
  @Override
  public long[] time(List<Launch> launches) {
    synchronize();
    ClTimer own = timer();
    for (Launch launch : launches) {
      cl_kernel kernel = ((ClProgram.ClKernel) launch.kernel()).shared();
      setArguments(kernel, launch);
      enqueue(own.queue(), kernel, launch, own.next());
    }
    call("waiting", own::await);
    return own.nanos();
  }

  private ClTimer timer() {
    ClTimer own = timer;
    if (own == null) {
      own = new ClTimer(createQueue(CL.CL_QUEUE_PROFILING_ENABLE));
      timer = own;
    }
    return own;
  }

  void setArguments(cl_kernel kernel, Launch launch) {
    try {
      int index = 0;
      for (Argument argument : launch.arguments()) {
        switch (argument) {
          case DeviceBuffer buffer ->
              CL.clSetKernelArg(
                  kernel, index, Sizeof.cl_mem, Pointer.to(((ClBuffer) buffer).memory()));
          case Argument.Int(int value) ->
              CL.clSetKernelArg(kernel, index, Sizeof.cl_int, Pointer.to(new int[] {value}));
        }
        index++;
      }
    } catch (CLException e) {
      throw GpuException.launch(launch, e);
    }
  }

  void enqueue(cl_kernel kernel, Launch launch) {
    enqueue(queue, kernel, launch, null);
  }

  private void enqueue(
      cl_command_queue to, cl_kernel kernel, Launch launch, @Nullable cl_event end) {
    long[] global = {(long) launch.groups() * launch.threads()};
    long[] local = {launch.threads()};
    try {
      CL.clEnqueueNDRangeKernel(to, kernel, 1, null, global, local, 0, null, end);
    } catch (CLException e) {
      throw GpuException.launch(launch, e);
    }
    queuedLast = launch;
  }

  void flush() {
    CL.clFlush(queue);
  }

  @Override
  public LaunchSequence record(String name, List<Launch> launches) {
    return new ClSequence(this, launches);
  }

  @Override
  public void synchronize() {
    call("waiting", () -> CL.clFinish(queue));
  }

  /// A kernel's failure shows only when somebody waits; all that is known then is the last one that
  /// was queued.
  private void call(String what, Runnable call) {
    try {
      call.run();
    } catch (CLException e) {
      throw new GpuException(
          "%s on %s failed: %s%s".formatted(what, traits.name(), e.getMessage(), afterLaunch()), e);
    }
  }

  private String afterLaunch() {
    return queuedLast == null ? "" : "; the last launch was " + queuedLast;
  }

  @Override
  public long allocatedBytes() {
    return allocated.get();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (timer != null) {
        timer.close();
      }
      CL.clReleaseCommandQueue(fetches);
      CL.clReleaseCommandQueue(queue);
      CL.clReleaseContext(context);
    }
  }
}
