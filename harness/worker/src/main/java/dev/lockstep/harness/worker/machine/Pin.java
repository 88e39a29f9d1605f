package dev.lockstep.harness.worker.machine;

import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The processors that workers may run on, by `taskset` of Linux's util-linux.
///
/// @param processors as it takes them: `0-3,8`
public record Pin(String processors) {
  private static final Pattern FORM =
      Pattern.compile("\\d{1,4}(-\\d{1,4})?(,\\d{1,4}(-\\d{1,4})?)*");
  private static final String TASKSET = "taskset";
  private static final int TIMEOUT_SECONDS = 10;

  /// What a user asked for, tried out.
  ///
  /// @throws UserError if it is no list of processors, or none that this process may use
  public static Pin of(String text) {
    if (!FORM.matcher(text).matches()) {
      throw UserError.usage("--pin '%s' is not a list of processors such as 0-3,8".formatted(text));
    }
    Pin pin = new Pin(text);
    pin.tryOut();
    return pin;
  }

  private void tryOut() {
    String problem;
    try {
      Process process =
          new ProcessBuilder(TASKSET, "-c", processors, "true").redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      problem =
          process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0
              ? ""
              : said.replaceAll("\\s+", " ");
    } catch (IOException e) {
      throw UserError.usage(
          "--pin %s: there is no taskset here; it comes with util-linux, on Linux alone"
              .formatted(processors));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    if (!problem.isEmpty()) {
      throw UserError.usage(
          "--pin %s: %s; nproc and lscpu say which processors there are"
              .formatted(processors, problem));
    }
  }

  /// What to put before a command.
  public List<String> command() {
    return List.of(TASKSET, "-c", processors);
  }
}
