package dev.lockstep.harness.measurement.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignLoadTest {
  private static final long SECOND = 1_000_000_000;

  @TempDir Path temporary;

  private static ForeignLoad.Reading reading(
      long nanoTime, @Nullable Long busy, @Nullable Long own) {
    return new ForeignLoad.Reading(nanoTime, busy, own);
  }

  @Test
  void whatOthersUsedIsWhatAllUsedLessOurs() {
    ForeignLoad load = new ForeignLoad(temporary);
    load.add(reading(0, 10 * SECOND, 5 * SECOND), reading(2 * SECOND, 13 * SECOND, 6 * SECOND));
    assertEquals(1, load.cores());
    load.add(reading(0, 0L, 0L), reading(2 * SECOND, 2 * SECOND, 2 * SECOND));
    assertEquals(0.5, load.cores());
  }

  @Test
  void ticksThatAreCountedLateMakeNoNegativeLoad() {
    ForeignLoad load = new ForeignLoad(temporary);
    load.add(reading(0, 0L, 0L), reading(SECOND, SECOND, SECOND + SECOND / 100));
    assertEquals(0, load.cores());
  }

  @Test
  void whatTheSystemDoesNotTellIsUnknown() {
    ForeignLoad load = new ForeignLoad(temporary);
    assertNull(load.cores());
    load.add(reading(0, 0L, 0L), reading(SECOND, SECOND, 0L));
    load.add(reading(0, null, 0L), reading(SECOND, SECOND, 0L));
    assertNull(load.cores());
  }

  @Test
  void idleTimeAndWaitingForDisksAreNotWork() throws IOException {
    Path file = temporary.resolve("stat");
    Files.writeString(
        file, "cpu  1 2 4 1000 2000 8 16 32 64 128\ncpu0 1 2 4 1000 2000 8 16 32 0 0\n");
    ForeignLoad.Reading reading = new ForeignLoad(file).read();
    assertEquals(63 * SECOND / 100, reading.busyNanos());
    assertNotNull(reading.ownNanos());
    Files.writeString(file, "intr 1\n");
    assertNull(new ForeignLoad(file).read().busyNanos());
    Files.writeString(file, "");
    assertNull(new ForeignLoad(file).read().busyNanos());
    assertNull(new ForeignLoad(temporary.resolve("none")).read().busyNanos());
  }
}
