package dev.lockstep.harness.worker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The harness's own worker: a JVM that runs a backend.
///
/// @param jvmArgs flags for its JVM
/// @param plugin the jars of the plugin that it runs, its own first; none for a backend of Lockstep
public record JavaWorker(List<String> jvmArgs, List<Path> plugin) implements WorkerProgram {
  public JavaWorker {
    jvmArgs = List.copyOf(jvmArgs);
    plugin = List.copyOf(plugin);
  }

  @Override
  public List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(flags(jvmArgs, plugin));
    ClassArchive archive = ClassArchive.of(jvmArgs);
    if (archive != null) {
      command.addAll(archive.flags());
    }
    command.addAll(List.of("-cp", classPath()));
    command.add(WorkerMain.class.getName());
    command.add(socket.toString());
    return command;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /// The flags of a JVM that runs a backend, which [BackendLookup] finds there.
  ///
  /// @param jvmArgs those that the backend and the user ask for
  /// @param plugin the jars that it is loaded from, its own first; none for a backend of Lockstep
  public static List<String> flags(List<String> jvmArgs, List<Path> plugin) {
    List<String> flags = new ArrayList<>();
    flags.add("--enable-native-access=ALL-UNNAMED");
    flags.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    flags.addAll(BackendLookup.flags(plugin));
    flags.addAll(jvmArgs);
    return flags;
  }

  /// The class path of a JVM that runs a backend: this process's own.
  public static String classPath() {
    return System.getProperty("java.class.path");
  }
}
