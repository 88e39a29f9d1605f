package dev.lockstep.harness.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A program that speaks the worker protocol.
interface WorkerProgram {

  /// @param socket where the parent listens, for one that connects to it
  List<String> commandLine(Path socket);

  /// What its environment has besides this process's own.
  default Map<String, String> environment() {
    return Map.of();
  }

  /// Whether it speaks over its standard input and output, and not over the socket.
  default boolean speaksOverStandardStreams() {
    return false;
  }

  /// Whether it is somebody else's: then it says which requests it answers, its log is no JVM's, and
  /// the system is asked what it used where it does not say so.
  default boolean isForeign() {
    return false;
  }
}
