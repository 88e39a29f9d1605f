/// The command line: what the user writes, what the commands print, and the jar that the launcher
/// starts.
///
/// **Input.** Arguments, parsed by picocli. A command is a class with its options as fields
/// ([Lockstep] lists them); options that several commands have are mixins: `ModelOption`,
/// `WorkerOptions`, `SpecialTokensOption`, `MatchOption`.
///
/// **Output.** Data on standard output and progress on standard error (`Console`), and an exit code
/// ([dev.lockstep.harness.worker.error.ExitCode]). Where there is no terminal, a line of progress
/// comes every ten seconds instead of a bar (`Heartbeat`, `ConsoleProgress`).
///
/// **The rules.** A command puts the work together from the modules below and shows what came of
/// it; it computes nothing itself. Whatever goes wrong is one line that names what was wrong and
/// what to do: a [dev.lockstep.harness.worker.error.UserError], or a mistake in the arguments that
/// `CommandLineProblem` puts into words. A stack trace on the screen is a bug. Output that cannot
/// be written is exit 1 (`StandardOutput`).
///
/// The tests of this module start the commands as processes. The rules that hold for all modules,
/// such as those about locales, files, the environment and packages, are tested here too, in
/// `dev.lockstep.harness.architecture`, because all modules are on this module's class path.
///
/// **How to add a command.** Add a class like `ModelsCommand`, with a description, exit codes and
/// examples, and name it in [Lockstep]. `CommandLineTest` and `LocaleTest` are where new commands
/// are tried.
@NullMarked
package dev.lockstep.harness.cli;

import org.jspecify.annotations.NullMarked;
