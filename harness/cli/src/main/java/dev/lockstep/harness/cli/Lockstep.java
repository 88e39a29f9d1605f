package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.LockstepVersion;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.ModelException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/// The `lockstep` command: parses the command line, runs a subcommand, and turns what goes wrong
/// into a line for the user and an exit code.
@Command(
    name = "lockstep",
    description =
        "Runs the same prompts through several GPT-2 inference backends, proves that all of them"
            + " emit the same tokens, and reports how fast each one is.",
    subcommands = {
      RunCommand.class,
      CompareCommand.class,
      ExportCommand.class,
      ReportCommand.class,
      PlanCommand.class,
      MergeCommand.class,
      SubmitCommand.class,
      VerifyCommand.class,
      TckCommand.class,
      MicroCommand.class,
      GenerateCommand.class,
      BackendsCommand.class,
      EnginesCommand.class,
      NewBackendCommand.class,
      KernelsCommand.class,
      KernelResourcesCommand.class,
      ModelsCommand.class,
      DownloadCommand.class,
      DoctorCommand.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Lockstep.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ok",
      "1:error",
      "2:the command line is wrong",
      "3:a backend's output differs from the reference, or it breaks a law of the contract",
      "4:a comparison found a regression",
      "5:a backend that was asked for by name is unavailable"
    })
public final class Lockstep {
  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean stacktrace;

  /// For `--version`.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String revision = LockstepVersion.revision();
      return new String[] {
        "lockstep %s, commit %s"
            .formatted(LockstepVersion.text(), revision.isEmpty() ? "unknown" : revision)
      };
    }
  }

  public static void main(String[] arguments) {
    // Ours never ask for it; a library's message or bar must not have other digits either.
    Locale.setDefault(Locale.ROOT);
    StandardOutput output = StandardOutput.install();
    int exitCode = run(arguments);
    String problem = output.problem();
    if (problem != null) {
      Console.error("lockstep: standard output cannot be written: " + problem);
      exitCode = exitCode == ExitCode.MISMATCH ? exitCode : ExitCode.ERROR;
    }
    System.exit(exitCode);
  }

  /// Runs a command line and returns its exit code.
  static int run(String... arguments) {
    return run(new PrintWriter(System.err, true), arguments);
  }

  /// As [#run(String...)].
  ///
  /// @param err receives what is wrong
  static int run(PrintWriter err, String... arguments) {
    CommandLine commandLine = commandLine().setErr(err);
    Optional<String> attached = CommandLineProblem.attached(commandLine, arguments);
    if (attached.isPresent()) {
      commandLine.getErr().println("lockstep: " + attached.get());
      return ExitCode.USAGE;
    }
    if (arguments.length == 0) {
      commandLine.usage(commandLine.getErr());
      return ExitCode.USAGE;
    }
    return commandLine.execute(arguments);
  }

  /// The commands and their options.
  static CommandLine commandLine() {
    Lockstep lockstep = new Lockstep();
    CommandLine commandLine =
        new CommandLine(lockstep)
            .setParameterExceptionHandler(Lockstep::badCommandLine)
            .setExecutionExceptionHandler((e, command, result) -> lockstep.failed(e, command))
            .setCaseInsensitiveEnumValuesAllowed(true)
            // A text may begin with @: it names no file of arguments.
            .setExpandAtFiles(false)
            .setUsageHelpAutoWidth(true);
    HelpFooter.addTo(commandLine);
    return commandLine;
  }

  private static int badCommandLine(ParameterException e, String[] arguments) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("lockstep: " + CommandLineProblem.describe(e, arguments));
    err.println("See '%s --help'.".formatted(e.getCommandLine().getCommandSpec().qualifiedName()));
    return ExitCode.USAGE;
  }

  private int failed(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (stacktrace) {
      e.printStackTrace(err);
    }
    return switch (e) {
      case UserError known -> {
        err.println("lockstep: " + known.getMessage());
        yield known.exitCode();
      }
      case ModelException known -> {
        err.println("lockstep: " + known.getMessage());
        yield ExitCode.ERROR;
      }
      default -> {
        err.println(
            "lockstep: internal error: %s%s"
                .formatted(e, stacktrace ? "" : "; --stacktrace shows where, please report it"));
        yield ExitCode.ERROR;
      }
    };
  }
}
