package dev.lockstep.harness.worker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaOptionsTest {
  private static final List<String> DEFAULTS =
      List.of("--add-modules=jdk.incubator.vector", "-XX:+UseParallelGC", "-Xmn64m", "-Xmx3g");

  private static List<String> merge(Map<String, String> environment, String... users) {
    return JavaOptions.of(environment).merge(DEFAULTS, List.of(users));
  }

  private static List<String> withTool(String options, String... users) {
    return merge(Map.of("JAVA_TOOL_OPTIONS", options), users);
  }

  @Test
  void withoutAChoiceTheDefaultsStand() {
    assertEquals(DEFAULTS, merge(Map.of()));
    assertEquals(DEFAULTS, withTool(" "));
    assertEquals(DEFAULTS, withTool("-Dfile.encoding=UTF-8 -XX:-UseG1GC -XX:+UseGCOverheadLimit"));
    assertEquals(DEFAULTS, merge(Map.of("JAVA_OPTS", "-XX:+UseG1GC")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})
  void theEnvironmentsCollectorReplacesOurs(String variable) {
    for (String collector : List.of("G1", "Z", "Parallel", "Serial", "Shenandoah", "Epsilon")) {
      assertEquals(
          List.of("--add-modules=jdk.incubator.vector", "-Xmn64m", "-Xmx3g"),
          merge(Map.of(variable, "-Xlog:gc '-XX:+Use%sGC'".formatted(collector))));
    }
  }

  @Test
  void theUsersCollectorReplacesOurs() {
    assertEquals(
        List.of("--add-modules=jdk.incubator.vector", "-Xmn64m", "-Xmx3g", "-XX:+UseZGC"),
        merge(Map.of(), "-XX:+UseZGC"));
  }

  @Test
  void theUsersCollectorWinsOverTheEnvironments() {
    assertEquals(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "-Xmn64m",
            "-Xmx3g",
            "-XX:-UseG1GC",
            "-XX:+UseZGC"),
        withTool("-XX:+UseG1GC", "-XX:+UseZGC"));
  }

  @Test
  void theHeapsSizeIsTheUsersOrTheEnvironments() {
    List<String> without =
        List.of("--add-modules=jdk.incubator.vector", "-XX:+UseParallelGC", "-Xmn64m");
    for (String size : List.of("-Xmx1g", "-XX:MaxHeapSize=1g", "-XX:MaxRAMPercentage=50")) {
      assertEquals(without, withTool(size));
    }
    assertEquals(
        List.of("--add-modules=jdk.incubator.vector", "-XX:+UseParallelGC", "-Xmx3g", "-Xmn1g"),
        merge(Map.of(), "-Xmn1g"));
  }

  @Test
  void aFirstHeapThatIsLargerThanOurGreatestMakesThatLarger() {
    assertEquals(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "-XX:+UseParallelGC",
            "-Xmn64m",
            "-Xmx" + (4L << 30)),
        withTool("-Xms4g"));
    assertEquals(DEFAULTS, withTool("-Xms2048m"));
  }

  @Test
  void aFirstHeapOfOursGivesWayToTheirsAndToAGreatestOfTheirs() {
    List<String> ours = List.of("-Xms160m", "-Xmn32m");
    for (String size :
        List.of("-Xmx100m", "-Xms1g", "-XX:InitialHeapSize=1g", "-XX:MaxRAMPercentage=1")) {
      assertEquals(
          List.of("-Xmn32m"),
          JavaOptions.of(Map.of("JAVA_TOOL_OPTIONS", size)).merge(ours, List.of()),
          size);
      assertEquals(
          List.of("-Xmn32m", size), JavaOptions.of(Map.of()).merge(ours, List.of(size)), size);
    }
    assertEquals(ours, JavaOptions.of(Map.of()).merge(ours, List.of()));
  }

  @Test
  void aNamedFlagOfTheEnvironmentReplacesOursOfThatName() {
    assertEquals(
        List.of(),
        JavaOptions.of(Map.of("JAVA_TOOL_OPTIONS", "-XX:-UseTransparentHugePages"))
            .merge(List.of("-XX:+UseTransparentHugePages"), List.of()));
  }

  @Test
  void filesThatTheEnvironmentNamesAreReadToo(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("options");
    Files.writeString(file, "-Xlog:gc\n-XX:+UseG1GC\n");
    List<String> without = List.of("--add-modules=jdk.incubator.vector", "-Xmn64m", "-Xmx3g");
    assertEquals(without, merge(Map.of("JDK_JAVA_OPTIONS", "@" + file)));
    assertEquals(without, withTool("-XX:VMOptionsFile=" + file));
    assertEquals(DEFAULTS, withTool("@" + directory.resolve("missing")));
  }

  @Test
  void theyAreDescribedByTheirNames() {
    assertEquals(
        "JAVA_TOOL_OPTIONS=-Xint, _JAVA_OPTIONS=-Xmx1g",
        JavaOptions.of(Map.of("_JAVA_OPTIONS", "-Xmx1g", "JAVA_TOOL_OPTIONS", "-Xint", "HOME", "/"))
            .describe());
  }
}
