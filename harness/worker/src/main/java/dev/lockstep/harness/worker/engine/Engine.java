package dev.lockstep.harness.worker.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// An engine as its description has it.
///
/// @param id what `-b` takes
/// @param command the program and its arguments
/// @param environment what the program's environment has besides this process's own
/// @param overSocket whether it speaks over a socket, whose path is its last argument, and not over
///     its standard input and output
/// @param file where it is described
public record Engine(
    String id,
    String description,
    List<String> command,
    Map<String, String> environment,
    boolean overSocket,
    Claims claims,
    Path file) {
  public Engine {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
