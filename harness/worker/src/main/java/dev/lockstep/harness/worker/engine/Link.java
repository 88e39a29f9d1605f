package dev.lockstep.harness.worker.engine;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an engine is reached.
public sealed interface Link {

  /// A program that speaks the worker protocol.
  ///
  /// @param overSocket whether it speaks over a socket, whose path is its last argument, and not
  ///     over its standard input and output
  record Exec(Program program, boolean overSocket) implements Link {}

  /// A server that streams tokens over HTTP.
  ///
  /// @param server where its paths begin
  /// @param profile whose interface it has
  /// @param start the program that is the server; null where it runs already
  /// @param ready the path that answers with 200 when it can be asked
  /// @param readyTimeout how long it may take until then, where it is started
  /// @param model what the server calls the model; null to ask it
  /// @param cumulative whether each chunk repeats the ids of those before
  /// @param endOfText the id at which it stops; null if at none
  record Http(
      URI server,
      HttpProfile profile,
      @Nullable Program start,
      String ready,
      Duration readyTimeout,
      @Nullable String model,
      boolean cumulative,
      @Nullable Integer endOfText)
      implements Link {}

  /// What is to be run.
  ///
  /// @param command the program and its arguments
  /// @param environment what its environment has besides this process's own
  record Program(List<String> command, Map<String, String> environment) {
    public Program {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }
  }
}
