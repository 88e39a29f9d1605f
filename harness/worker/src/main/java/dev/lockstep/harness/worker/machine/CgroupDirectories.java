package dev.lockstep.harness.worker.machine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the directories of this process's control group and of its ancestors, from
/// `/proc/self/cgroup` (which group) and `/proc/self/mountinfo` (where groups are mounted).
final class CgroupDirectories {
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private CgroupDirectories() {}

  /// In the one hierarchy of version 2; none where it is not mounted.
  static List<Path> second(Path root) {
    return directories(root, "cgroup2", "");
  }

  /// In a controller's hierarchy of version 1; none where it is not mounted.
  static List<Path> first(Path root, String controller) {
    return directories(root, "cgroup", controller);
  }

  private static List<Path> directories(Path root, String type, String controller) {
    String group = group(root, controller);
    if (group == null) {
      return List.of();
    }
    for (String line : Cgroup.lines(root.resolve("proc/self/mountinfo"))) {
      // 34 30 0:31 ROOT MOUNT-POINT OPTIONS [MORE...] - TYPE SOURCE SUPER-OPTIONS
      String[] halves = line.split(" - ", 2);
      String[] mount = halves[0].split(" ");
      String[] system = halves.length < 2 ? new String[0] : halves[1].split(" ");
      if (mount.length >= 5
          && system.length >= 3
          && system[0].equals(type)
          && (controller.isEmpty() || List.of(system[2].split(",")).contains(controller))) {
        return ancestors(root, unescape(mount[4]), unescape(mount[3]), group);
      }
    }
    return List.of();
  }

  /// The path of this process's group in a hierarchy: `ID:CONTROLLER,…:PATH`; version 2 has no
  /// controllers there.
  private static @Nullable String group(Path root, String controller) {
    for (String line : Cgroup.lines(root.resolve("proc/self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && Arrays.asList(parts[1].split(",", -1)).contains(controller)) {
        return parts[2];
      }
    }
    return null;
  }

  /// From the group up to the mount point. Inside a container the mount point may show a part of
  /// the hierarchy alone; what is outside it (`/..`) cannot be read, and the mount point is then
  /// the nearest that can.
  private static List<Path> ancestors(Path root, String mountPoint, String mounted, String group) {
    Path top = root.resolve(mountPoint.substring(1)).normalize();
    String below = group;
    if (!mounted.equals("/") && (group + "/").startsWith(mounted + "/")) {
      below = group.substring(mounted.length());
    }
    Path directory = top.resolve(below.replaceFirst("^/+", "")).normalize();
    List<Path> ancestors = new ArrayList<>();
    for (Path each = directory; each != null && each.startsWith(top); each = each.getParent()) {
      ancestors.add(each);
    }
    return ancestors.isEmpty() ? List.of(top) : ancestors;
  }

  private static String unescape(String path) {
    return OCTAL
        .matcher(path)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(match.group(1), 8))));
  }
}
