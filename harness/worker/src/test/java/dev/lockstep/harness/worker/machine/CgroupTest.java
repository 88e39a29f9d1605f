package dev.lockstep.harness.worker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupTest {
  private static final long MEBIBYTE = 1L << 20;
  private static final Cgroup NONE = new Cgroup(null, null, null);

  @TempDir private Path directory;
  private FakeRoot root;

  @BeforeEach
  void makeRoot() {
    root = new FakeRoot(directory);
  }

  private void second(String group) {
    root.with("proc/self/mountinfo", FakeRoot.SECOND).with("proc/self/cgroup", "0::" + group);
  }

  private void first(String memoryGroup, String cpuGroup) {
    root.with("proc/self/mountinfo", FakeRoot.FIRST)
        .with(
            "proc/self/cgroup",
            "4:memory:%s\n1:cpu,cpuacct:%s\n0::/".formatted(memoryGroup, cpuGroup));
  }

  private Cgroup read() {
    return Cgroup.of(root.path());
  }

  @Test
  void aSystemWithoutControlGroupsHasNoLimits() {
    assertEquals(NONE, read());
  }

  @Test
  void maxIsNoLimit() {
    second("/user.slice");
    root.with("sys/fs/cgroup/user.slice/memory.max", "max")
        .with("sys/fs/cgroup/user.slice/memory.high", "max")
        .with("sys/fs/cgroup/user.slice/memory.current", "1000")
        .with("sys/fs/cgroup/user.slice/cpu.max", "max 100000");
    assertEquals(NONE, read());
  }

  @Test
  void aContainerSeesItsLimitsAtTheMountPoint() {
    second("/");
    root.with("sys/fs/cgroup/memory.max", String.valueOf(512 * MEBIBYTE))
        .with("sys/fs/cgroup/memory.current", String.valueOf(200 * MEBIBYTE))
        .with("sys/fs/cgroup/cpu.max", "50000 100000");
    assertEquals(new Cgroup(512 * MEBIBYTE, 312 * MEBIBYTE, 0.5), read());
  }

  @Test
  void whatTheKernelCanReclaimIsAvailable() {
    second("/");
    root.with("sys/fs/cgroup/memory.max", String.valueOf(512 * MEBIBYTE))
        .with("sys/fs/cgroup/memory.current", String.valueOf(500 * MEBIBYTE))
        .with(
            "sys/fs/cgroup/memory.stat",
            "anon 100\nfile 999999999\ninactive_file %s\nactive_file %s\nslab_reclaimable %s\nshmem 7"
                .formatted(300 * MEBIBYTE, 50 * MEBIBYTE, 10 * MEBIBYTE));
    assertEquals(512 * MEBIBYTE - 140 * MEBIBYTE, read().memoryAvailableBytes());
  }

  @Test
  void theLeastLimitOfAllAncestorsCounts() {
    second("/pods/pod7/job");
    root.with("sys/fs/cgroup/pods/memory.max", String.valueOf(4096 * MEBIBYTE))
        .with("sys/fs/cgroup/pods/memory.current", String.valueOf(4000 * MEBIBYTE))
        .with("sys/fs/cgroup/pods/pod7/memory.max", String.valueOf(1024 * MEBIBYTE))
        .with("sys/fs/cgroup/pods/pod7/memory.current", String.valueOf(100 * MEBIBYTE))
        .with("sys/fs/cgroup/pods/pod7/job/memory.max", "max")
        .with("sys/fs/cgroup/pods/cpu.max", "150000 100000")
        .with("sys/fs/cgroup/pods/pod7/job/cpu.max", "800000 100000");
    // The job may have 1 GiB, but others have left only 96 MiB of the limit above it.
    assertEquals(new Cgroup(1024 * MEBIBYTE, 96 * MEBIBYTE, 1.5), read());
  }

  @Test
  void whereTheKernelBeginsToThrottleIsALimitToo() {
    second("/");
    root.with("sys/fs/cgroup/memory.max", String.valueOf(512 * MEBIBYTE))
        .with("sys/fs/cgroup/memory.high", String.valueOf(400 * MEBIBYTE));
    assertEquals(400 * MEBIBYTE, read().memoryLimitBytes());
    assertEquals(400 * MEBIBYTE, read().memoryAvailableBytes());
  }

  @Test
  void aGroupThatIsOverItsLimitHasNothingLeft() {
    second("/");
    root.with("sys/fs/cgroup/memory.high", "1000").with("sys/fs/cgroup/memory.current", "1500");
    assertEquals(0L, read().memoryAvailableBytes());
  }

  @Test
  void version1IsReadByController() {
    first("/batch/job_4", "/batch");
    root.with("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        .with(
            "sys/fs/cgroup/memory/batch/job_4/memory.limit_in_bytes",
            String.valueOf(800 * MEBIBYTE))
        .with(
            "sys/fs/cgroup/memory/batch/job_4/memory.usage_in_bytes",
            String.valueOf(300 * MEBIBYTE))
        .with(
            "sys/fs/cgroup/memory/batch/job_4/memory.stat",
            "total_inactive_file %s\ninactive_file 5".formatted(200 * MEBIBYTE))
        .with("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "25000")
        .with("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000");
    assertEquals(new Cgroup(800 * MEBIBYTE, 700 * MEBIBYTE, 0.25), read());
  }

  @Test
  void version1WithoutLimitsSaysSoByHugeAndNegativeNumbers() {
    first("/", "/");
    root.with("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
    assertEquals(NONE, read());
  }

  @Test
  void aGroupIsFoundBelowTheMountThatShowsAPartOfTheHierarchy() {
    root.with(
            "proc/self/mountinfo",
            "34 30 0:31 /docker/ab12 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory")
        .with("proc/self/cgroup", "4:memory:/docker/ab12/inner")
        .with("sys/fs/cgroup/memory/memory.limit_in_bytes", "700")
        .with("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "900");
    assertEquals(700L, read().memoryLimitBytes());
  }

  @Test
  void aGroupOutsideTheMountIsReadAtTheMountPoint() {
    second("/../../somewhere/else");
    root.with("sys/fs/cgroup/memory.max", "700");
    assertEquals(700L, read().memoryLimitBytes());
  }

  @Test
  void aMountPointMayHaveASpace() {
    root.with("proc/self/mountinfo", "30 22 0:27 / /sys/control\\040groups rw - cgroup2 none rw")
        .with("proc/self/cgroup", "0::/")
        .with("sys/control groups/memory.max", "700");
    assertEquals(700L, read().memoryLimitBytes());
  }

  @Test
  void rubbishIsNoLimit() {
    second("/");
    root.with("sys/fs/cgroup/memory.max", "plenty").with("sys/fs/cgroup/cpu.max", "1");
    assertEquals(NONE, read());
  }
}
