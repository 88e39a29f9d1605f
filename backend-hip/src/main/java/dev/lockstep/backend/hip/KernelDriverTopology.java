package dev.lockstep.backend.hip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The architecture of a device, from what the kernel driver (amdkfd) publishes: the runtime tells
/// it only inside `hipDeviceProp_t`, whose layout is not the same everywhere.
///
/// A node's `properties` are lines of `name value`. `gfx_target_version` is `major·10000 +
/// minor·100 + stepping`; `location_id` is the PCI bus, device and function as
/// `bus·256 + device·8 + function`; `domain` the PCI domain.
///
/// @param nodes `/sys/class/kfd/kfd/topology/nodes`
record KernelDriverTopology(Path nodes) {

  static KernelDriverTopology ofThisMachine() {
    return new KernelDriverTopology(Path.of("/sys/class/kfd/kfd/topology/nodes"));
  }

  /// The architecture of the device at a PCI address (`0000:03:00.0`), such as `gfx90a`; null if
  /// it is not told.
  @Nullable String architecture(String pciAddress) {
    String[] parts = pciAddress.split("[:.]", -1);
    if (parts.length != 4) {
      return null;
    }
    long domain = Long.parseLong(parts[0], 16);
    long location =
        Long.parseLong(parts[1], 16) * 256
            + Long.parseLong(parts[2], 16) * 8
            + Long.parseLong(parts[3], 16);
    for (Path node : list()) {
      Map<String, Long> properties = properties(node.resolve("properties"));
      long version = properties.getOrDefault("gfx_target_version", 0L);
      if (version > 0
          && properties.getOrDefault("domain", 0L) == domain
          && properties.getOrDefault("location_id", -1L) == location) {
        return name(version);
      }
    }
    return null;
  }

  /// 90010 is `gfx90a`, 100300 is `gfx1030`.
  static String name(long version) {
    return String.format(
            Locale.ROOT, "gfx%d%x%x", version / 10000, version / 100 % 100, version % 100)
        .toLowerCase(Locale.ROOT);
  }

  private List<Path> list() {
    try (Stream<Path> list = Files.list(nodes)) {
      return list.sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Map<String, Long> properties(Path file) {
    Map<String, Long> properties = new HashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.split(" ", -1);
        if (words.length == 2 && words[1].matches("\\d{1,18}")) {
          properties.put(words[0], Long.parseLong(words[1]));
        }
      }
    } catch (IOException e) {
      return Map.of();
    }
    return properties;
  }
}
