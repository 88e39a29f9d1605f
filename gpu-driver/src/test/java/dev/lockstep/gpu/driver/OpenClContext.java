package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.tck.Requirement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
import org.jocl.cl_platform_id;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/// A driver context that really executes kernels where there is no card: OpenCL dressed up as CUDA.
/// Memory gets addresses, a graph is a list of launches with their arguments as they were when they
/// were captured.
final class OpenClContext implements DriverContext {
  static final DeviceTraits TRAITS =
      new DeviceTraits(
          "OpenCL in disguise", Dialect.OPENCL, false, 1, 4, 2, 1024, 65_536, 1L << 30);

  private record Arguments(cl_kernel kernel, int groups, int threads, long[] values) {}

  private final cl_device_id device;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Map<Long, cl_mem> memory = new HashMap<>();
  private final Arena arena = Arena.ofShared();
  private long nextAddress = 1L << 40;
  private @Nullable List<Arguments> capture;

  @SuppressWarnings("deprecation") // OpenCL 1.2 has no other
  private OpenClContext(cl_platform_id platform, cl_device_id device) {
    this.device = device;
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
    context = CL.clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, null);
    queue = CL.clCreateCommandQueue(context, device, 0, null);
  }

  /// The first device of all; the test is skipped, or fails, where there is none.
  static OpenClContext require() {
    cl_platform_id[] platform = new cl_platform_id[1];
    cl_device_id[] device = new cl_device_id[1];
    String missing = null;
    try {
      CL.setExceptionsEnabled(true);
      CL.clGetPlatformIDs(1, platform, null);
      CL.clGetDeviceIDs(platform[0], CL.CL_DEVICE_TYPE_ALL, 1, device, null);
    } catch (CLException | LinkageError e) {
      missing = "no OpenCL device: " + e.getMessage();
    }
    Requirement.require("opencl", missing);
    return new OpenClContext(platform[0], device[0]);
  }

  /// Kernels are not compiled before they are loaded.
  static CodeMaker maker() {
    return source ->
        List.of(
            () -> new CodeMaker.Code(source.text().getBytes(StandardCharsets.UTF_8), "OpenCL C"));
  }

  private static Pointer pointer(MemorySegment segment) {
    return Pointer.to(segment.asByteBuffer());
  }

  @Override
  public void makeCurrent() {}

  @Override
  public Memory allocate(long bytes) {
    cl_mem created = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null);
    long address = nextAddress;
    nextAddress += bytes + 256;
    memory.put(address, created);
    return new Memory(created, address);
  }

  @Override
  public void free(Memory freed) {
    CL.clReleaseMemObject(memory.remove(freed.address()));
  }

  @Override
  public MemorySegment allocateHost(long bytes) {
    return arena.allocate(bytes, 64);
  }

  @Override
  public void freeHost(MemorySegment segment) {}

  @Override
  public void copyToDevice(Memory to, long toByte, MemorySegment from) {
    CL.clEnqueueWriteBuffer(
        queue,
        (cl_mem) to.handle(),
        CL.CL_FALSE,
        toByte,
        from.byteSize(),
        pointer(from),
        0,
        null,
        null);
  }

  @Override
  public void copyToHost(MemorySegment to, Memory from, long fromByte) {
    CL.clEnqueueReadBuffer(
        queue,
        (cl_mem) from.handle(),
        CL.CL_FALSE,
        fromByte,
        to.byteSize(),
        pointer(to),
        0,
        null,
        null);
  }

  @Override
  public Module load(byte[] code) {
    cl_program program =
        CL.clCreateProgramWithSource(
            context, 1, new String[] {new String(code, StandardCharsets.UTF_8)}, null, null);
    CL.clBuildProgram(
        program,
        1,
        new cl_device_id[] {device},
        "-cl-std=CL1.2 -cl-kernel-arg-info -cl-fp32-correctly-rounded-divide-sqrt",
        null,
        null);
    return new Module(program);
  }

  @Override
  public void unload(Module module) {
    CL.clReleaseProgram((cl_program) module.handle());
  }

  @Override
  public Function function(Module module, String name) {
    return new Function(CL.clCreateKernel((cl_program) module.handle(), name, null));
  }

  @Override
  public void launch(Function function, int groups, int threads, MemorySegment parameters) {
    cl_kernel kernel = (cl_kernel) function.handle();
    int[] count = new int[1];
    CL.clGetKernelInfo(kernel, CL.CL_KERNEL_NUM_ARGS, Sizeof.cl_uint, Pointer.to(count), null);
    long[] values = new long[count[0]];
    for (int i = 0; i < values.length; i++) {
      MemorySegment value = parameters.getAtIndex(ValueLayout.ADDRESS, i).reinterpret(Long.BYTES);
      values[i] =
          isPointer(kernel, i)
              ? value.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)
              : value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }
    Arguments launch = new Arguments(kernel, groups, threads, values);
    if (capture == null) {
      enqueue(launch);
    } else {
      capture.add(launch);
    }
  }

  private static boolean isPointer(cl_kernel kernel, int index) {
    int[] qualifier = new int[1];
    CL.clGetKernelArgInfo(
        kernel,
        index,
        CL.CL_KERNEL_ARG_ADDRESS_QUALIFIER,
        Sizeof.cl_uint,
        Pointer.to(qualifier),
        null);
    return qualifier[0] == CL.CL_KERNEL_ARG_ADDRESS_GLOBAL;
  }

  private void enqueue(Arguments launch) {
    for (int i = 0; i < launch.values().length; i++) {
      long value = launch.values()[i];
      if (isPointer(launch.kernel(), i)) {
        cl_mem buffer = memory.get(value);
        if (buffer == null) {
          throw new AssertionError(
              String.format(Locale.ROOT, "no memory at %x, parameter %d", value, i));
        }
        CL.clSetKernelArg(launch.kernel(), i, Sizeof.cl_mem, Pointer.to(buffer));
      } else {
        CL.clSetKernelArg(
            launch.kernel(), i, Sizeof.cl_int, Pointer.to(new int[] {Math.toIntExact(value)}));
      }
    }
    CL.clEnqueueNDRangeKernel(
        queue,
        launch.kernel(),
        1,
        null,
        new long[] {(long) launch.groups() * launch.threads()},
        new long[] {launch.threads()},
        0,
        null,
        null);
  }

  @Override
  public void beginCapture() {
    capture = new ArrayList<>();
  }

  @Override
  public Graph endCapture() {
    Graph graph = new Graph(List.copyOf(java.util.Objects.requireNonNull(capture)));
    capture = null;
    return graph;
  }

  @Override
  @SuppressWarnings("unchecked")
  public void launch(Graph graph) {
    ((List<Arguments>) graph.handle()).forEach(this::enqueue);
  }

  @Override
  public void destroy(Graph graph) {}

  @Override
  public Event createEvent() {
    return new Event(new cl_event[1]);
  }

  @Override
  public Event createTimer() {
    return createEvent();
  }

  /// Its queue keeps no times.
  @Override
  public long elapsedNanos(Event from, Event to) {
    return 1;
  }

  @Override
  public void record(Event event) {
    cl_event mark = new cl_event();
    CL.clEnqueueMarkerWithWaitList(queue, 0, null, mark);
    CL.clFlush(queue);
    ((cl_event[]) event.handle())[0] = mark;
  }

  @Override
  public void await(Event event) {
    cl_event[] mark = (cl_event[]) event.handle();
    CL.clWaitForEvents(1, mark);
    CL.clReleaseEvent(mark[0]);
  }

  @Override
  public void destroy(Event event) {}

  @Override
  public void synchronize() {
    CL.clFinish(queue);
  }

  @Override
  public void close() {
    if (!memory.isEmpty()) {
      throw new AssertionError(memory.size() + " buffers were not freed");
    }
    CL.clReleaseCommandQueue(queue);
    CL.clReleaseContext(context);
    arena.close();
  }
}
