package dev.lockstep.backend.opencl;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceList;
import dev.lockstep.gpu.device.GpuException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds the device that the option `device` means.
final class DeviceChoice {
  static final String REMEDY =
      "install an OpenCL driver; for the processor itself, on Debian or Ubuntu:"
          + " apt install pocl-opencl-icd ocl-icd-libopencl1";

  private static final List<String> LIBRARIES =
      List.of(
          "libOpenCL.so.1",
          "libOpenCL.so",
          "OpenCL.dll",
          "/System/Library/Frameworks/OpenCL.framework/OpenCL");

  private DeviceChoice() {}

  static Availability availability(String wanted) {
    if (!libraryIsThere()) {
      return new Availability.Unavailable("libOpenCL.so.1 was not found", REMEDY);
    }
    List<String> platforms = new ArrayList<>();
    DeviceList<ClDeviceInfo> list = new DeviceList<>(ClDeviceInfo.all(platforms::add));
    if (list.devices().isEmpty()) {
      return platforms.isEmpty()
          ? new Availability.Unavailable("OpenCL is here, but no driver of a device", REMEDY)
          : new Availability.Unavailable(
              "no OpenCL platform has a device (%s)".formatted(String.join("; ", platforms)),
              "see whether clinfo lists one; PoCL needs a directory that it can write to, which"
                  + " POCL_CACHE_DIR names");
    }
    Optional<ClDeviceInfo> chosen = list.choose(wanted);
    if (chosen.isEmpty()) {
      return list.noneIsCalled(wanted);
    }
    ClDeviceInfo device = chosen.get();
    return device
        .obstacle()
        .<Availability>map(
            obstacle ->
                new Availability.Unavailable(device.name() + " " + obstacle, list.chooseAnother()))
        .orElseGet(() -> new Availability.Available(device.name()));
  }

  /// @throws GpuException if it is not available, with the reason and the remedy
  static OpenClDevice open(String wanted) {
    if (availability(wanted) instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new GpuException(reason + "; " + remedy);
    }
    return new OpenClDevice(
        new DeviceList<>(ClDeviceInfo.all(platform -> {})).choose(wanted).orElseThrow());
  }

  static InferenceModel load(Gpt2Weights weights, String wanted, GpuOptions options) {
    OpenClDevice device = open(wanted);
    return GpuModel.load(weights, device, options, device.report());
  }

  /// Asked before JOCL is touched: its first failure would be an error, its second another one.
  private static boolean libraryIsThere() {
    for (String library : LIBRARIES) {
      try (Arena arena = Arena.ofConfined()) {
        SymbolLookup.libraryLookup(library, arena);
        return true;
      } catch (IllegalArgumentException e) {
        // try the next name
      }
    }
    return false;
  }
}
