package dev.lockstep.gpu.device;

import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.BackendOption.TextOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The devices that a backend found, in the runtime's order, and which of them the option `device`
/// means.
public record DeviceList<D extends DeviceList.Entry>(List<D> devices) {
  private static final String AUTO = "auto";

  /// Digits of a device's number; more digits are a part of a name, as in `4090`.
  private static final int MAX_DIGITS = 2;

  /// A device that can be chosen.
  public interface Entry {
    /// For people.
    String name();

    /// Whether it is a GPU, which `auto` prefers.
    default boolean isGpu() {
      return true;
    }

    /// Whether a part of a name, in any case, means this device.
    default boolean isMeantBy(String part) {
      return name().toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }
  }

  public DeviceList {
    devices = List.copyOf(devices);
  }

  /// The option `device`.
  ///
  /// @param auto what `auto` chooses, for people
  public static BackendOption option(String auto) {
    return new TextOption("device", AUTO, "a device's number or a part of its name; auto: " + auto);
  }

  /// The device that the option means. `auto` is the first GPU, else the first device.
  public Optional<D> choose(String wanted) {
    if (wanted.equals(AUTO)) {
      return devices.stream()
          .filter(Entry::isGpu)
          .findFirst()
          .or(() -> devices.stream().findFirst());
    }
    if (wanted.length() <= MAX_DIGITS && wanted.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return devices.stream().skip(Integer.parseInt(wanted)).findFirst();
    }
    return devices.stream().filter(device -> device.isMeantBy(wanted)).findFirst();
  }

  /// The answer where [#choose] finds none.
  public Unavailable noneIsCalled(String wanted) {
    return new Unavailable(
        "no device is called '%s'; there are: %s".formatted(wanted, this),
        "choose one with device=…");
  }

  /// What to do where the chosen device does not serve.
  public String chooseAnother() {
    return "choose another with device=…; there are: " + this;
  }

  /// `0 (NVIDIA A100), 1 (NVIDIA H100)`
  @Override
  public String toString() {
    return IntStream.range(0, devices.size())
        .mapToObj(i -> String.format(Locale.ROOT, "%d (%s)", i, devices.get(i).name()))
        .collect(Collectors.joining(", "));
  }
}
