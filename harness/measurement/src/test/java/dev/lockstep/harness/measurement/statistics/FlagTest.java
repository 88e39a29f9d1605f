package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlagTest {
  private static Set<Flag> flags(
      @Nullable Double idleCpuPercent,
      @Nullable Double cpuWaitMillis,
      @Nullable Double faultMillis,
      long jitMillis) {
    return Flag.of(
        new Sample.Resources(
            0L,
            jitMillis,
            null,
            cpuWaitMillis,
            100L,
            faultMillis,
            null,
            null,
            0L,
            null,
            idleCpuPercent),
        1,
        100);
  }

  @Test
  void whatTakesMoreThanATwentiethOfTheTimeFlags() {
    assertEquals(EnumSet.of(Flag.CPU_WAIT), flags(null, 5.1, null, 0));
    assertEquals(EnumSet.of(Flag.PAGE_FAULTS), flags(null, null, 5.1, 0));
    assertEquals(EnumSet.of(Flag.COMPILATION), flags(null, null, null, 6));
    assertEquals(EnumSet.noneOf(Flag.class), flags(1.0, 5.0, 5.0, 5));
  }

  @Test
  void theWaitingOfSeveralThreadsIsHeldAgainstTheProcessorTimeOfAll() {
    Sample.Resources two =
        new Sample.Resources(0L, 0L, 192L, 8.0, null, null, null, null, 0L, null, null);
    assertEquals(EnumSet.noneOf(Flag.class), Flag.of(two, 2, 100));
    Sample.Resources starved =
        new Sample.Resources(0L, 0L, 150L, 8.0, null, null, null, null, 0L, null, null);
    assertEquals(EnumSet.of(Flag.CPU_WAIT), Flag.of(starved, 2, 100));
  }

  @Test
  void threadsThatAreNotCountedMayStandInEachOthersWay() {
    Sample.Resources waiting =
        new Sample.Resources(0L, 0L, 100L, 50.0, null, null, null, null, 0L, null, null);
    assertEquals(EnumSet.of(Flag.CPU_WAIT), Flag.of(waiting, 1, 100));
    assertEquals(EnumSet.noneOf(Flag.class), Flag.of(waiting, null, 100));
  }

  @Test
  void aWorkerThatIsNotIdleFlags() {
    assertEquals(EnumSet.of(Flag.IDLE_CPU), flags(1.1, 0.0, 0.0, 0));
  }

  @Test
  void allThatWereAtWorkAreNamed() {
    assertEquals(
        EnumSet.complementOf(EnumSet.of(Flag.SEVERAL_TOKENS)), flags(50.0, 50.0, 50.0, 50));
  }

  @Test
  void tokensOfAServerThatCameTogetherFlag() {
    for (String clock : List.of("client", "engine", "worker")) {
      Sample plain = Samples.timed("mine", 1, 1, 10, 2, 0);
      Sample sample =
          new Sample(
              plain.key(),
              plain.work(),
              new Sample.Execution("", null, "", clock),
              plain.result(),
              plain.timing(),
              null,
              plain.resources(),
              null);
      assertEquals(clock.equals("client"), sample.flags().contains(Flag.SEVERAL_TOKENS));
    }
  }

  @Test
  void whatTheSystemDoesNotTellDoesNotFlag() {
    assertEquals(EnumSet.noneOf(Flag.class), flags(null, null, null, 0));
  }
}
