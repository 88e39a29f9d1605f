package dev.lockstep.harness.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Makes a JVM that hangs write its threads' stacks to its standard output, which is its log.
final class ThreadDump {
  private static final int PATIENCE_MILLIS = 2000;

  private ThreadDump() {}

  /// Sends SIGQUIT and waits until the log has grown, but not for long: a process that is stopped
  /// does not answer.
  static void request(Process process, Path log) {
    try {
      long before = Files.size(log);
      Process kill = new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start();
      if (!kill.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      for (int waited = 0; waited < PATIENCE_MILLIS && Files.size(log) == before; waited += 50) {
        Thread.sleep(50);
      }
      Thread.sleep(50);
    } catch (IOException e) {
      // No dump, then: the timeout itself is reported all the same.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
