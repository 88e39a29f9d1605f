package dev.lockstep.backend.cuda;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.compiler.RuntimeCompiler;
import dev.lockstep.gpu.device.DeviceList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether a machine has all that the backend needs; if not, the first thing that is missing and
/// what to do about it. What the machine has is handed in, so that every answer can be tested.
final class CudaRequirements {
  /// CUDA 12.2, which is driver 535.
  static final int MIN_DRIVER_VERSION = 12_020;

  /// 7.0: Volta, the first whose threads make progress independently.
  static final int MIN_COMPUTE_CAPABILITY = 70;

  private static final String INSTALL_DRIVER = "install the NVIDIA driver, 535 or newer";

  private CudaRequirements() {}

  /// @param probe the driver, or null if there is none
  /// @param compiler where NVRTC is; asked last, because the search is the slowest step
  /// @param wanted the option `device`
  static Availability check(
      @Nullable CudaProbe probe, Supplier<CompilerSearch.Result> compiler, String wanted) {
    if (probe == null) {
      return new Unavailable(
          "libcuda.so.1 was not found: there is no NVIDIA driver",
          INSTALL_DRIVER + " (in a container, start it with the GPU: --gpus all)");
    }
    int code = probe.init();
    if (code != 0) {
      return initFailed(code);
    }
    int version = probe.driverVersion();
    if (version < MIN_DRIVER_VERSION) {
      return new Unavailable(
          "the NVIDIA driver is too old: it offers CUDA %s, and %s is needed"
              .formatted(versionText(version), versionText(MIN_DRIVER_VERSION)),
          INSTALL_DRIVER);
    }
    DeviceList<CudaDevice> list = new DeviceList<>(probe.devices());
    if (list.devices().isEmpty()) {
      return noDevice("it counts 0 devices");
    }
    CudaDevice device = list.choose(wanted).orElse(null);
    if (device == null) {
      return list.noneIsCalled(wanted);
    }
    if (device.computeCapability() < MIN_COMPUTE_CAPABILITY) {
      return new Unavailable(
          String.format(
              Locale.ROOT,
              "%s is too old: it has compute capability %d.%d, and 7.0 is needed",
              device.name(),
              device.major(),
              device.minor()),
          list.devices().size() == 1
              ? "use a GPU of the year 2017 or newer"
              : list.chooseAnother());
    }
    return switch (compiler.get()) {
      case CompilerSearch.Missing(String reason, String remedy) -> new Unavailable(reason, remedy);
      case CompilerSearch.Found(RuntimeCompiler found) ->
          checkCompiler(device, found.identity(), found.computeCapabilities());
    };
  }

  /// A device newer than the compiler gets portable code; one that the compiler has given up gets
  /// none.
  ///
  /// @param known compute capabilities that the compiler knows, ascending
  static Availability checkCompiler(CudaDevice device, String compiler, List<Integer> known) {
    if (known.isEmpty() || known.getFirst() <= device.computeCapability()) {
      return new Available(device.name());
    }
    return new Unavailable(
        String.format(
            Locale.ROOT,
            "%s does not compile for %s any more: it has compute capability %d.%d",
            compiler,
            device.name(),
            device.major(),
            device.minor()),
        "install an older NVRTC (12 knows Volta) and name it with "
            + CompilerFamily.NVRTC.variable());
  }

  private static Availability initFailed(int code) {
    return switch (code) {
      case 34 ->
          new Unavailable(
              "libcuda.so.1 is the toolkit's stub, not a driver (cuInit returned 34)",
              INSTALL_DRIVER + ", and take the stub's directory off the loader's path");
      case 100 -> noDevice("cuInit returned 100");
      case 802 ->
          new Unavailable(
              "the system is not ready yet (cuInit returned 802)",
              "start the fabric manager: systemctl status nvidia-fabricmanager");
      case 803, 804 ->
          new Unavailable(
              String.format(
                  Locale.ROOT,
                  "the driver's library and its kernel module do not fit together (cuInit returned %d)",
                  code),
              "restart the machine after a driver update; in a container, remove CUDA's compat"
                  + " directory from the loader's path");
      default ->
          new Unavailable(
              String.format(
                  Locale.ROOT, "the NVIDIA driver does not start (cuInit returned %d)", code),
              "see whether nvidia-smi works, and install the driver again if not");
    };
  }

  private static Unavailable noDevice(String how) {
    return new Unavailable(
        "there is an NVIDIA driver but no device (%s)".formatted(how),
        "see whether nvidia-smi lists one, what CUDA_VISIBLE_DEVICES says, and in a container"
            + " whether it was started with the GPU: --gpus all");
  }

  static String versionText(int version) {
    return String.format(Locale.ROOT, "%d.%d", version / 1000, version % 1000 / 10);
  }
}
