package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.machine.Pin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How to start a worker.
///
/// @param name what it is for, for messages and the log file: `simd:threads=1`
/// @param program what runs in it
/// @param log receives the process's standard error, and its standard output unless that speaks the
///     protocol
/// @param pin where it may run; null for anywhere
record WorkerCommand(String name, WorkerProgram program, Path log, @Nullable Pin pin) {

  /// The command line of a worker that connects to `socket`.
  List<String> commandLine(Path socket) {
    List<String> command = new ArrayList<>(pin == null ? List.of() : pin.command());
    command.addAll(program.commandLine(socket));
    return command;
  }
}
