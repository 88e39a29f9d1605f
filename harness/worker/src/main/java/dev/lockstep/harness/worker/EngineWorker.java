package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.engine.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A worker that is an engine of somebody else's.
///
/// @param engine as it is described
record EngineWorker(Engine engine) implements WorkerProgram {

  @Override
  public List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>(engine.command());
    if (engine.overSocket()) {
      command.add(socket.toString());
    }
    return command;
  }

  @Override
  public Map<String, String> environment() {
    return engine.environment();
  }

  @Override
  public boolean speaksOverStandardStreams() {
    return !engine.overSocket();
  }

  @Override
  public boolean isForeign() {
    return true;
  }
}
