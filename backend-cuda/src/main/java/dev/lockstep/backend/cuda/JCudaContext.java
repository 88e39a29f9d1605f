package dev.lockstep.backend.cuda;

import dev.lockstep.gpu.device.PackedLibrary;
import dev.lockstep.gpu.driver.DriverContext;
import dev.lockstep.gpu.driver.DriverException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/// NVIDIA's driver API through JCuda: the device's primary context and one stream that does not
/// wait for the legacy one. Every return code is looked at.
final class JCudaContext implements DriverContext {

  /// A host address as JCuda wants it.
  private static final class Host extends Pointer {
    /// For a call that fills it in.
    Host() {}

    Host(MemorySegment memory) {
      super(memory.address());
    }

    long address() {
      return getNativePointer();
    }
  }

  /// Device memory whose address can be told.
  private static final class Device extends CUdeviceptr {
    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  private final CUdevice device;
  private final CUcontext context;
  private final CUstream stream = new CUstream();
  private final Map<Long, Host> hostMemory = new HashMap<>();

  private JCudaContext(CUdevice device, CUcontext context) {
    this.device = device;
    this.context = context;
  }

  /// Loads JCuda's library.
  ///
  /// @throws LinkageError if it cannot be
  static void link() {
    PackedLibrary.link(() -> JCudaDriver.setExceptionsEnabled(false));
  }

  /// Opens a device. It is current in the calling thread.
  static JCudaContext open(int ordinal) {
    link();
    check("cuInit", JCudaDriver.cuInit(0));
    CUdevice device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
    CUcontext retained = new CUcontext();
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(retained, device));
    JCudaContext context = new JCudaContext(device, retained);
    try {
      context.makeCurrent();
      check(
          "cuStreamCreate",
          JCudaDriver.cuStreamCreate(context.stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
      return context;
    } catch (DriverException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  private static void check(String call, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new DriverException(call, code, meaning(code));
    }
  }

  static String meaning(int code) {
    String name = CUresult.stringFor(code);
    return code == CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE
        ? name
            + ", another process has the device to itself or it is closed to all (see nvidia-smi -q"
            + " -d COMPUTE)"
        : name;
  }

  @Override
  public void makeCurrent() {
    check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
  }

  @Override
  public Memory allocate(long bytes) {
    Device memory = new Device();
    check("cuMemAlloc", JCudaDriver.cuMemAlloc(memory, bytes));
    return new Memory(memory, memory.address());
  }

  @Override
  public void free(Memory memory) {
    check("cuMemFree", JCudaDriver.cuMemFree((CUdeviceptr) memory.handle()));
  }

  @Override
  public MemorySegment allocateHost(long bytes) {
    Host pointer = new Host();
    check("cuMemAllocHost", JCudaDriver.cuMemAllocHost(pointer, bytes));
    hostMemory.put(pointer.address(), pointer);
    return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
  }

  @Override
  public void freeHost(MemorySegment memory) {
    Host pointer = hostMemory.remove(memory.address());
    if (pointer == null) {
      throw new IllegalArgumentException("not page-locked by this context: " + memory);
    }
    check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer));
  }

  @Override
  public void copyToDevice(Memory to, long toByte, MemorySegment from) {
    check(
        "cuMemcpyHtoDAsync",
        JCudaDriver.cuMemcpyHtoDAsync(
            ((CUdeviceptr) to.handle()).withByteOffset(toByte),
            new Host(from),
            from.byteSize(),
            stream));
  }

  @Override
  public void copyToHost(MemorySegment to, Memory from, long fromByte) {
    check(
        "cuMemcpyDtoHAsync",
        JCudaDriver.cuMemcpyDtoHAsync(
            new Host(to),
            ((CUdeviceptr) from.handle()).withByteOffset(fromByte),
            to.byteSize(),
            stream));
  }

  @Override
  public Module load(byte[] code) {
    CUmodule module = new CUmodule();
    check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, code));
    return new Module(module);
  }

  @Override
  public void unload(Module module) {
    check("cuModuleUnload", JCudaDriver.cuModuleUnload((CUmodule) module.handle()));
  }

  @Override
  public Function function(Module module, String name) {
    CUfunction function = new CUfunction();
    check(
        "cuModuleGetFunction",
        JCudaDriver.cuModuleGetFunction(function, (CUmodule) module.handle(), name));
    // Asking for an attribute makes a lazily loading driver load the kernel now, and not while its
    // first launch is being captured.
    int[] registers = new int[1];
    check(
        "cuFuncGetAttribute",
        JCudaDriver.cuFuncGetAttribute(
            registers, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS, function));
    return new Function(function);
  }

  @Override
  public void launch(Function function, int groups, int threads, MemorySegment parameters) {
    check(
        "cuLaunchKernel",
        JCudaDriver.cuLaunchKernel(
            (CUfunction) function.handle(),
            groups,
            1,
            1,
            threads,
            1,
            1,
            0,
            stream,
            new Host(parameters),
            null));
  }

  @Override
  public void beginCapture() {
    check(
        "cuStreamBeginCapture",
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED));
  }

  @Override
  public Graph endCapture() {
    CUgraph captured = new CUgraph();
    check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, captured));
    CUgraphExec graph = new CUgraphExec();
    int code = JCudaDriver.cuGraphInstantiate(graph, captured, 0);
    int destroyed = JCudaDriver.cuGraphDestroy(captured);
    check("cuGraphInstantiate", code);
    check("cuGraphDestroy", destroyed);
    return new Graph(graph);
  }

  @Override
  public void launch(Graph graph) {
    check("cuGraphLaunch", JCudaDriver.cuGraphLaunch((CUgraphExec) graph.handle(), stream));
  }

  @Override
  public void destroy(Graph graph) {
    check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy((CUgraphExec) graph.handle()));
  }

  @Override
  public Event createEvent() {
    return createEvent(CUevent_flags.CU_EVENT_DISABLE_TIMING);
  }

  @Override
  public Event createTimer() {
    return createEvent(CUevent_flags.CU_EVENT_DEFAULT);
  }

  private static Event createEvent(int flags) {
    CUevent event = new CUevent();
    check("cuEventCreate", JCudaDriver.cuEventCreate(event, flags));
    return new Event(event);
  }

  @Override
  public long elapsedNanos(Event from, Event to) {
    float[] millis = new float[1];
    check(
        "cuEventElapsedTime",
        JCudaDriver.cuEventElapsedTime(millis, (CUevent) from.handle(), (CUevent) to.handle()));
    return Math.round(millis[0] * 1e6);
  }

  @Override
  public void record(Event event) {
    check("cuEventRecord", JCudaDriver.cuEventRecord((CUevent) event.handle(), stream));
  }

  @Override
  public void await(Event event) {
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize((CUevent) event.handle()));
  }

  @Override
  public void destroy(Event event) {
    check("cuEventDestroy", JCudaDriver.cuEventDestroy((CUevent) event.handle()));
  }

  @Override
  public void synchronize() {
    check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  @Override
  public void close() {
    int destroyed = JCudaDriver.cuStreamDestroy(stream);
    int released = JCudaDriver.cuDevicePrimaryCtxRelease(device);
    check("cuStreamDestroy", destroyed);
    check("cuDevicePrimaryCtxRelease", released);
  }
}
