package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.machine.Pin;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How to start a worker JVM.
///
/// @param name what it is for, for messages and the log file: `simd:threads=1`
/// @param jvmArgs flags for its JVM
/// @param plugins jars to put behind the harness's own class path
/// @param log receives the process's standard output and error
/// @param pin where it may run; null for anywhere
public record WorkerCommand(
    String name, List<String> jvmArgs, List<Path> plugins, Path log, @Nullable Pin pin) {
  public WorkerCommand {
    jvmArgs = List.copyOf(jvmArgs);
    plugins = List.copyOf(plugins);
  }

  /// The command line of a worker that connects to `socket`.
  List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>(pin == null ? List.of() : pin.command());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
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
