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

  /// Whether it is, or stands for, an engine: then it says which requests it answers, and its log
  /// is read for a program's last words.
  default boolean isForeign() {
    return false;
  }

  /// Whether the system is to be asked what it used where it does not say so.
  default boolean computesItself() {
    return false;
  }
}
