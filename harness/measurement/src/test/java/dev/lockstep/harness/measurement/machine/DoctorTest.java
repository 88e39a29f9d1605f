package dev.lockstep.harness.measurement.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  @TempDir private Path root;

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content + "\n");
  }

  private Symptom symptom(String subject) {
    return symptom(new Doctor(root, 4, Map.of(), "release"), subject);
  }

  private static Symptom symptom(Doctor doctor, String subject) {
    return doctor.atRest().stream()
        .filter(each -> each.subject().equals(subject))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "frequency, sys/devices/system/cpu/cpu0/cpufreq/scaling_governor, performance, powersave",
    "temperature, sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count, 0, 17",
    "hardware threads, sys/devices/system/cpu/smt/active, 0, 1",
    "clock, sys/devices/system/clocksource/clocksource0/current_clocksource, tsc, hpet",
    "large pages, sys/kernel/mm/transparent_hugepage/enabled, always [madvise] never, always madvise [never]",
    "memory, proc/meminfo, MemAvailable: 8000000 kB, MemAvailable: 800000 kB"
  })
  void whatASystemTellsOfItselfIsJudged(String subject, String file, String good, String bad)
      throws IOException {
    file(file, good);
    assertEquals(Symptom.State.GOOD, symptom(subject).state(), subject);
    assertEquals("", symptom(subject).advice());
    file(file, bad);
    assertEquals(Symptom.State.BAD, symptom(subject).state(), subject);
    assertFalse(symptom(subject).advice().isEmpty());
  }

  @Test
  void whatIsNotToldIsNotJudged() {
    for (String subject :
        List.of("frequency", "temperature", "hardware threads", "clock", "large pages")) {
      assertEquals(Symptom.State.UNKNOWN, symptom(subject).state(), subject);
    }
  }

  @Test
  void aQuotaOfProcessorsIsBad() throws IOException {
    assertEquals("4 processors, no quota", symptom("processors").finding());
    file("proc/self/cgroup", "0::/");
    file("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
    file("sys/fs/cgroup/cpu.max", "150000 100000");
    assertEquals("a quota of 1.5 processors", symptom("processors").finding());
    assertEquals(Symptom.State.BAD, symptom("processors").state());
  }

  @Test
  void aDebugBuildAndOptionsOfTheEnvironmentAreBad() {
    assertEquals(Symptom.State.GOOD, symptom("JVM").state());
    Symptom debug = symptom(new Doctor(root, 4, Map.of(), "fastdebug"), "JVM");
    assertEquals("a fastdebug build", debug.finding());
    Symptom options =
        symptom(new Doctor(root, 4, Map.of("JAVA_TOOL_OPTIONS", "-Xint"), "release"), "JVM");
    assertEquals("JAVA_TOOL_OPTIONS is set", options.finding());
    assertEquals(Symptom.State.BAD, options.state());
  }

  /// Whatever this machine is like, everything is looked at, and what is bad has an advice.
  @Test
  void thisMachineIsExamined() {
    List<Symptom> symptoms = Doctor.here().examine(Duration.ofMillis(200));
    assertEquals(12, symptoms.size());
    for (Symptom symptom : symptoms) {
      assertFalse(symptom.finding().isEmpty(), symptom.toString());
      assertEquals(symptom.state() == Symptom.State.BAD, !symptom.advice().isEmpty());
    }
    assertTrue(symptoms.stream().anyMatch(each -> each.subject().equals("steadiness")));
  }
}
