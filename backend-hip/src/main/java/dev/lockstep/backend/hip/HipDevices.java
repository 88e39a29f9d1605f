package dev.lockstep.backend.hip;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The devices of a HIP runtime. It asks for single attributes: the layout of `hipDeviceProp_t`
/// changed between versions under the same name.
final class HipDevices implements HipProbe {
  // hipDeviceAttribute_t of hip_runtime_api.h, the same in ROCm 5, 6 and 7.
  private static final int MAX_THREADS_PER_BLOCK = 56;
  private static final int MULTIPROCESSOR_COUNT = 63;
  private static final int MAX_SHARED_MEMORY_PER_BLOCK = 74;
  private static final int WARP_SIZE = 87;

  private static final int NO_DEVICE = 100;
  private static final int TEXT_BYTES = 256;

  private final HipLibrary hip;

  HipDevices(HipLibrary hip) {
    this.hip = hip;
  }

  @Override
  public int init() {
    return hip.code("hipInit", function -> (int) function.invokeExact(0), ValueLayout.JAVA_INT);
  }

  @Override
  public List<HipDevice> devices() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int code =
          hip.code(
              "hipGetDeviceCount",
              function -> (int) function.invokeExact(count),
              ValueLayout.ADDRESS);
      if (code == NO_DEVICE) {
        return List.of();
      }
      hip.call(
          "hipGetDeviceCount", function -> (int) function.invokeExact(count), ValueLayout.ADDRESS);
      List<HipDevice> devices = new ArrayList<>();
      for (int ordinal = 0; ordinal < count.get(ValueLayout.JAVA_INT, 0); ordinal++) {
        devices.add(device(arena, ordinal));
      }
      return devices;
    }
  }

  private HipDevice device(Arena arena, int ordinal) {
    MemorySegment memory = arena.allocate(ValueLayout.JAVA_LONG);
    hip.call(
        "hipDeviceTotalMem",
        function -> (int) function.invokeExact(memory, ordinal),
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT);
    return new HipDevice(
        ordinal,
        text(arena, "hipDeviceGetName", ordinal),
        text(arena, "hipDeviceGetPCIBusId", ordinal),
        attribute(arena, MULTIPROCESSOR_COUNT, ordinal),
        attribute(arena, WARP_SIZE, ordinal),
        attribute(arena, MAX_THREADS_PER_BLOCK, ordinal),
        attribute(arena, MAX_SHARED_MEMORY_PER_BLOCK, ordinal),
        memory.get(ValueLayout.JAVA_LONG, 0));
  }

  private String text(Arena arena, String name, int ordinal) {
    MemorySegment text = arena.allocate(TEXT_BYTES);
    hip.call(
        name,
        function -> (int) function.invokeExact(text, TEXT_BYTES, ordinal),
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT);
    return text.getString(0);
  }

  private int attribute(Arena arena, int attribute, int ordinal) {
    MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
    hip.call(
        "hipDeviceGetAttribute",
        function -> (int) function.invokeExact(value, attribute, ordinal),
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT);
    return value.get(ValueLayout.JAVA_INT, 0);
  }
}
