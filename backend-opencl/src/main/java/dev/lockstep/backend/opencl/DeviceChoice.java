package dev.lockstep.backend.opencl;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.GpuException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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

  private static final String AUTO = "auto";

  private DeviceChoice() {}

  static Availability availability(String wanted) {
    if (!libraryIsThere()) {
      return new Availability.Unavailable("libOpenCL.so.1 was not found", REMEDY);
    }
    List<String> platforms = new ArrayList<>();
    List<ClDeviceInfo> all = ClDeviceInfo.all(platforms::add);
    if (all.isEmpty()) {
      return platforms.isEmpty()
          ? new Availability.Unavailable("OpenCL is here, but no driver of a device", REMEDY)
          : new Availability.Unavailable(
              "no OpenCL platform has a device (%s)".formatted(String.join("; ", platforms)),
              "see whether clinfo lists one; PoCL needs a directory that it can write to, which"
                  + " POCL_CACHE_DIR names");
    }
    Optional<ClDeviceInfo> chosen = choose(all, wanted);
    if (chosen.isEmpty()) {
      return new Availability.Unavailable(
          "no device is called '%s'; there are: %s".formatted(wanted, list(all)),
          "choose one with device=…");
    }
    ClDeviceInfo device = chosen.get();
    return device
        .obstacle()
        .<Availability>map(
            obstacle ->
                new Availability.Unavailable(
                    device.name() + " " + obstacle,
                    "choose another with device=…; there are: " + list(all)))
        .orElseGet(() -> new Availability.Available(device.name()));
  }

  /// @throws GpuException if it is not available, with the reason and the remedy
  static OpenClDevice open(String wanted) {
    if (availability(wanted) instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new GpuException(reason + "; " + remedy);
    }
    return new OpenClDevice(choose(ClDeviceInfo.all(platform -> {}), wanted).orElseThrow());
  }

  static InferenceModel load(Gpt2Weights weights, String wanted, GpuOptions options) {
    OpenClDevice device = open(wanted);
    return GpuModel.load(weights, device, options, device.report());
  }

  /// The first GPU, else the first; the one of a number; or the first with such a name.
  private static Optional<ClDeviceInfo> choose(List<ClDeviceInfo> all, String wanted) {
    if (wanted.equals(AUTO)) {
      return all.stream()
          .filter(ClDeviceInfo::isGpu)
          .findFirst()
          .or(() -> all.stream().findFirst());
    }
    if (wanted.matches("\\d{1,9}")) {
      return all.stream().skip(Integer.parseInt(wanted)).findFirst();
    }
    return all.stream().filter(device -> device.isMeantBy(wanted)).findFirst();
  }

  private static String list(List<ClDeviceInfo> all) {
    return IntStream.range(0, all.size())
        .mapToObj(i -> String.format(Locale.ROOT, "%d (%s)", i, all.get(i).name()))
        .collect(Collectors.joining(", "));
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
