package dev.lockstep.backend.hip;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.gpu.device.DeviceList;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether a machine has all that the backend needs; if not, the first thing that is missing and
/// what to do about it.
final class HipRequirements {
  /// What `hipInit` says where there is none: "no device" or "invalid device", by version.
  private static final Set<Integer> NO_DEVICE = Set.of(100, 101);

  private HipRequirements() {}

  /// @param probe the runtime, or null if there is none
  /// @param compiler where hiprtc is
  /// @param architecture what a device has to be compiled for, or null if that is not known
  static Availability check(
      @Nullable HipProbe probe,
      Supplier<CompilerSearch.Result> compiler,
      Function<HipDevice, @Nullable String> architecture,
      String wanted) {
    if (probe == null) {
      return new Unavailable(
          "the HIP runtime was not found (%s)".formatted(String.join(", ", HipLibrary.NAMES)),
          "install ROCm, 5.2 or newer (Debian: libamdhip64-5)");
    }
    int code = probe.init();
    if (NO_DEVICE.contains(code)) {
      return noDevice("hipInit returned " + code);
    }
    if (code != 0) {
      return new Unavailable(
          String.format(Locale.ROOT, "the HIP runtime does not start (hipInit returned %d)", code),
          "see whether rocminfo works");
    }
    DeviceList<HipDevice> list = new DeviceList<>(probe.devices());
    if (list.devices().isEmpty()) {
      return noDevice("it counts 0 devices");
    }
    HipDevice device = list.choose(wanted).orElse(null);
    if (device == null) {
      return list.noneIsCalled(wanted);
    }
    if (architecture.apply(device) == null) {
      return new Unavailable(
          "the architecture of %s at %s is not known".formatted(device.name(), device.pciAddress()),
          "name it with architecture=gfx… (rocminfo shows it)");
    }
    return switch (compiler.get()) {
      case CompilerSearch.Missing(String reason, String remedy) -> new Unavailable(reason, remedy);
      case CompilerSearch.Found found -> new Available(device.name());
    };
  }

  private static Unavailable noDevice(String how) {
    return new Unavailable(
        "there is a HIP runtime but no AMD device (%s)".formatted(how),
        "see whether rocminfo lists one, whether /dev/kfd can be opened, and what"
            + " HIP_VISIBLE_DEVICES says");
  }
}
