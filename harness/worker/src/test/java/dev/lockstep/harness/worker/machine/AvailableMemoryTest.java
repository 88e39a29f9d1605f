package dev.lockstep.harness.worker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
  private static final long MEBIBYTE = 1L << 20;

  @TempDir private Path directory;

  private AvailableMemory with(long limitBytes, long usedBytes) {
    return AvailableMemory.of(
        new FakeRoot(directory)
            .with("proc/meminfo", "MemTotal: 99999999 kB\nMemAvailable: 2097152 kB")
            .with("proc/self/mountinfo", FakeRoot.SECOND)
            .with("proc/self/cgroup", "0::/")
            .with("sys/fs/cgroup/memory.max", String.valueOf(limitBytes))
            .with("sys/fs/cgroup/memory.current", String.valueOf(usedBytes))
            .path());
  }

  @Test
  void aContainersLimitCountsWhereItIsSmallerThanTheHosts() {
    AvailableMemory available = with(1024 * MEBIBYTE, 100 * MEBIBYTE);
    assertEquals(924 * MEBIBYTE, available.bytes());
    assertEquals(
        "924 MiB (of the container's limit of 1024 MiB; the machine has 2048 MiB)",
        available.toString());
  }

  @Test
  void theHostsMemoryCountsWhereItIsSmaller() {
    AvailableMemory available = with(8192 * MEBIBYTE, 100 * MEBIBYTE);
    assertEquals(2048 * MEBIBYTE, available.bytes());
    assertEquals("2048 MiB", available.toString());
  }

  @Test
  void thisMachineHasSomeToo() {
    assertTrue(AvailableMemory.now().bytes() > 0);
  }
}
