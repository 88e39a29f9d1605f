package dev.lockstep.harness.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Processor time of another process. Linux's scheduler statistics count nanoseconds; elsewhere the
/// JDK's figure, which may move in steps of 10 ms.
public final class CpuTime {
  private CpuTime() {}

  public static @Nullable Long ofProcess(ProcessHandle process) {
    Path tasks = Path.of("/proc", Long.toString(process.pid()), "task");
    if (Files.isDirectory(tasks)) {
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
        long nanos = 0;
        for (Path thread : threads) {
          String statistics = Files.readString(thread.resolve("schedstat"));
          nanos += Long.parseLong(statistics.substring(0, statistics.indexOf(' ')));
        }
        return nanos;
      } catch (IOException | RuntimeException e) {
        // A thread ended meanwhile, or this kernel keeps no such statistics.
      }
    }
    return process.info().totalCpuDuration().map(java.time.Duration::toNanos).orElse(null);
  }
}
