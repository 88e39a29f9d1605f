package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.engine.Link;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A worker that is an engine of somebody else's: the program itself.
///
/// @param link how it is described
record EngineWorker(Link.Exec link) implements WorkerProgram {

  @Override
  public List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>(link.program().command());
    if (link.overSocket()) {
      command.add(socket.toString());
    }
    return command;
  }

  @Override
  public Map<String, String> environment() {
    return link.program().environment();
  }

  @Override
  public boolean speaksOverStandardStreams() {
    return !link.overSocket();
  }

  @Override
  public boolean isForeign() {
    return true;
  }

  @Override
  public boolean computesItself() {
    return true;
  }
}
