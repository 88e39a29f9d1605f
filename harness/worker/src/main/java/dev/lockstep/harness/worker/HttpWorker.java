package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.engine.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A worker that asks a server: a JVM of ours with [HttpWorkerMain].
///
/// @param engine as it is described
record HttpWorker(Engine engine) implements WorkerProgram {
  /// Lets a request say that its connection ends with it.
  private static final String HEADERS = "-Djdk.httpclient.allowRestrictedHeaders=connection";

  @Override
  public List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>();
    command.add(JavaWorker.java());
    command.addAll(JavaWorker.flags(List.of("-XX:+UseSerialGC", "-Xmx256m"), List.of()));
    command.add(HEADERS);
    command.addAll(List.of("-cp", JavaWorker.classPath()));
    command.add(HttpWorkerMain.class.getName());
    command.addAll(List.of(socket.toString(), engine.file().toString(), engine.id()));
    return command;
  }

  @Override
  public boolean isForeign() {
    return true;
  }
}
