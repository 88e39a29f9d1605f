package dev.lockstep.backend.opencl;

import static org.jocl.CL.CL_DEVICE_AVAILABLE;
import static org.jocl.CL.CL_DEVICE_COMPILER_AVAILABLE;
import static org.jocl.CL.CL_DEVICE_GLOBAL_MEM_SIZE;
import static org.jocl.CL.CL_DEVICE_LOCAL_MEM_SIZE;
import static org.jocl.CL.CL_DEVICE_MAX_COMPUTE_UNITS;
import static org.jocl.CL.CL_DEVICE_MAX_WORK_GROUP_SIZE;
import static org.jocl.CL.CL_DEVICE_NAME;
import static org.jocl.CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
import static org.jocl.CL.CL_DEVICE_SINGLE_FP_CONFIG;
import static org.jocl.CL.CL_DEVICE_TYPE;
import static org.jocl.CL.CL_DEVICE_TYPE_ALL;
import static org.jocl.CL.CL_DEVICE_TYPE_GPU;
import static org.jocl.CL.CL_DEVICE_VERSION;
import static org.jocl.CL.CL_DRIVER_VERSION;
import static org.jocl.CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;
import static org.jocl.CL.CL_FP_DENORM;
import static org.jocl.CL.CL_PLATFORM_NAME;

import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.PackedLibrary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/// An OpenCL device and what it says of itself.
record ClDeviceInfo(cl_platform_id platform, cl_device_id device) implements DeviceList.Entry {
  private static final String POCL = "Portable Computing Language";

  /// Every device of every platform, in the order in which the runtime lists them.
  ///
  /// @param none is told of each platform that gives none, with what it says instead
  static List<ClDeviceInfo> all(Consumer<String> none) {
    PackedLibrary.link(() -> CL.setExceptionsEnabled(true));
    int[] count = new int[1];
    try {
      CL.clGetPlatformIDs(0, null, count);
    } catch (CLException e) {
      return List.of(); // CL_PLATFORM_NOT_FOUND_KHR: a loader without a driver
    }
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    CL.clGetPlatformIDs(platforms.length, platforms, null);
    List<ClDeviceInfo> found = new ArrayList<>();
    for (cl_platform_id platform : platforms) {
      try {
        CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count);
        cl_device_id[] devices = new cl_device_id[count[0]];
        CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices.length, devices, null);
        for (cl_device_id device : devices) {
          found.add(new ClDeviceInfo(platform, device));
        }
      } catch (CLException e) {
        none.accept("%s: %s".formatted(name(platform), e.getMessage()));
      }
    }
    return found;
  }

  @Override
  public boolean isGpu() {
    return (longOf(CL_DEVICE_TYPE) & CL_DEVICE_TYPE_GPU) != 0;
  }

  /// For people: `NVIDIA H200 (NVIDIA CUDA, gpu)`; PoCL, whose name for a processor is long and
  /// says little, is `PoCL 3.1 (cpu)`.
  @Override
  public String name() {
    String kind = isGpu() ? "gpu" : "cpu";
    String platformName = name(platform);
    return platformName.equals(POCL)
        ? "PoCL %s (%s)".formatted(text(CL_DRIVER_VERSION).replaceFirst("[^0-9.].*", ""), kind)
        : "%s (%s, %s)".formatted(text(CL_DEVICE_NAME), platformName, kind);
  }

  /// Also by the name that PoCL gives a processor.
  @Override
  public boolean isMeantBy(String part) {
    return (name() + '\n' + text(CL_DEVICE_NAME))
        .toLowerCase(Locale.ROOT)
        .contains(part.toLowerCase(Locale.ROOT));
  }

  private static String name(cl_platform_id platform) {
    byte[] platformName = new byte[256];
    CL.clGetPlatformInfo(
        platform, CL_PLATFORM_NAME, platformName.length, Pointer.to(platformName), null);
    return terminated(platformName);
  }

  /// Why the kernels cannot run here.
  Optional<String> obstacle() {
    if (longOf(CL_DEVICE_AVAILABLE) == 0) {
      return Optional.of("is not available");
    }
    if (longOf(CL_DEVICE_COMPILER_AVAILABLE) == 0) {
      return Optional.of("has no compiler");
    }
    if (!isAtLeast12(text(CL_DEVICE_VERSION))) {
      return Optional.of("has " + text(CL_DEVICE_VERSION).strip() + "; OpenCL 1.2 is needed");
    }
    long threads = longOf(CL_DEVICE_MAX_WORK_GROUP_SIZE);
    if (threads < DeviceTraits.THREADS) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "allows work-groups of %d; %d are needed",
              threads,
              DeviceTraits.THREADS));
    }
    long local = longOf(CL_DEVICE_LOCAL_MEM_SIZE);
    if (local < DeviceTraits.MIN_LOCAL_MEMORY_BYTES) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "has %d bytes of local memory; %d are needed",
              local,
              DeviceTraits.MIN_LOCAL_MEMORY_BYTES));
    }
    return Optional.empty();
  }

  /// `OpenCL 1.2 …`, `OpenCL 3.0 …`
  static boolean isAtLeast12(String version) {
    String[] parts = version.replaceFirst("^OpenCL ", "").split("[. ]", 3);
    int major = Integer.parseInt(parts[0]);
    return major > 1 || (major == 1 && Integer.parseInt(parts[1]) >= 2);
  }

  /// Whether division and square root can be rounded correctly.
  boolean roundsCorrectly() {
    return (longOf(CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  }

  /// Whether numbers below 1.2e-38 are kept.
  boolean keepsSubnormals() {
    return (longOf(CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_DENORM) != 0;
  }

  DeviceTraits traits() {
    boolean gpu = isGpu();
    return new DeviceTraits(
        name(),
        Dialect.OPENCL,
        gpu,
        1,
        gpu ? 4 : (int) Math.clamp(longOf(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), 1, 16),
        (int) longOf(CL_DEVICE_MAX_COMPUTE_UNITS),
        (int) longOf(CL_DEVICE_MAX_WORK_GROUP_SIZE),
        longOf(CL_DEVICE_LOCAL_MEM_SIZE),
        longOf(CL_DEVICE_GLOBAL_MEM_SIZE));
  }

  private long longOf(int key) {
    long[] value = new long[1];
    CL.clGetDeviceInfo(device, key, Long.BYTES, Pointer.to(value), null);
    return value[0];
  }

  private String text(int key) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(device, key, 0, null, size);
    byte[] bytes = new byte[Math.toIntExact(size[0])];
    CL.clGetDeviceInfo(device, key, bytes.length, Pointer.to(bytes), null);
    return terminated(bytes);
  }

  private static String terminated(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }
}
