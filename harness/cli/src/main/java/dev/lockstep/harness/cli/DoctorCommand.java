package dev.lockstep.harness.cli;

import dev.lockstep.harness.measurement.machine.Doctor;
import dev.lockstep.harness.measurement.machine.Symptom;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lockstep doctor`: what would spoil a measurement here.
@Command(
    name = "doctor",
    description = {
      "Looks for what would spoil a measurement on this machine, and says what to do about it.",
      "It changes nothing, and ends with 0 whatever it finds."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final int MAX_SECONDS = 600;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "How long to watch what happens meanwhile, 1 to 600 (default ${DEFAULT-VALUE}).",
      defaultValue = "3")
  private int seconds;

  @Override
  public Integer call() {
    if (seconds < 1 || seconds > MAX_SECONDS) {
      throw UserError.usage("--seconds " + seconds + ": 1 to " + MAX_SECONDS);
    }
    List<Symptom> symptoms = Doctor.here().examine(Duration.ofSeconds(seconds));
    int width = symptoms.stream().mapToInt(each -> each.subject().length()).max().orElse(0);
    for (Symptom symptom : symptoms) {
      Console.println(
          String.format(
              Locale.ROOT,
              "%-4s  %-" + width + "s  %s",
              mark(symptom.state()),
              symptom.subject(),
              symptom.finding()));
      if (!symptom.advice().isEmpty()) {
        Console.println(" ".repeat(width + 8) + symptom.advice());
      }
    }
    long bad = symptoms.stream().filter(each -> each.state() == Symptom.State.BAD).count();
    Console.println("");
    Console.println(
        bad == 0
            ? "nothing that was looked at would spoil a measurement here"
            : bad + " of " + symptoms.size() + " would spoil a measurement here");
    return ExitCode.OK;
  }

  private static String mark(Symptom.State state) {
    return switch (state) {
      case GOOD -> "good";
      case BAD -> "BAD";
      case UNKNOWN -> "?";
    };
  }
}
