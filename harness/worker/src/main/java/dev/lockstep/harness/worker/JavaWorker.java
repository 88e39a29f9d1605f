package dev.lockstep.harness.worker;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The harness's own worker: a JVM that runs a backend.
///
/// @param jvmArgs flags for its JVM
/// @param plugins jars to put behind the harness's own class path
public record JavaWorker(List<String> jvmArgs, List<Path> plugins) implements WorkerProgram {
  public JavaWorker {
    jvmArgs = List.copyOf(jvmArgs);
    plugins = List.copyOf(plugins);
  }

  @Override
  public List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(flags(jvmArgs));
    ClassArchive archive = ClassArchive.of(jvmArgs);
    if (archive != null) {
      command.addAll(archive.flags());
    }
    command.add("-cp");
    command.add(classPath(plugins));
    command.add(WorkerMain.class.getName());
    command.add(socket.toString());
    return command;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /// The flags of a JVM that runs a backend.
  ///
  /// @param jvmArgs those that the backend and the user ask for
  public static List<String> flags(List<String> jvmArgs) {
    List<String> flags = new ArrayList<>();
    flags.add("--enable-native-access=ALL-UNNAMED");
    flags.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    flags.addAll(jvmArgs);
    return flags;
  }

  /// The class path of a JVM that runs a backend: this process's own, then the plugins.
  public static String classPath(List<Path> plugins) {
    String own = System.getProperty("java.class.path");
    return plugins.isEmpty()
        ? own
        : own
            + File.pathSeparator
            + plugins.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }
}
