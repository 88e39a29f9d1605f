package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassArchiveTest {
  private static final List<String> VECTOR =
      List.of("--add-modules=jdk.incubator.vector", "-XX:+UseParallelGC", "-Xmn32m");

  @TempDir private Path directory;

  private ClassArchive of(String... flags) {
    ClassArchive archive = ClassArchive.of(directory, List.of(flags), "");
    assertNotNull(archive);
    return archive;
  }

  @Test
  void modulesAndTheCollectorMakeTheKindAndSizesDoNot() {
    assertEquals(of(), of("-Xms1g", "-Xmn32m", "-XX:+AlwaysPreTouch", "-Dx=y"));
    assertEquals(
        ClassArchive.of(directory, VECTOR, ""),
        of("-Xmx3g", "-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"));
    assertNotEquals(of(), of("--add-modules=jdk.incubator.vector"));
    assertNotEquals(of("-XX:+UseSerialGC"), of("-XX:+UseParallelGC"));
  }

  @Test
  void anArchiveThatIsNotThereIsNotAskedFor() throws Exception {
    assertEquals(List.of(), of().flags());
    Files.createFile(of().file());
    assertEquals("-XX:SharedArchiveFile=" + directory.resolve("worker.jsa"), of().flags().get(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xshare:off",
        "-XX:AOTCache=x",
        "-XX:SharedArchiveFile=x",
        "-XX:ArchiveClassesAtExit=x",
        "-XX:+AutoCreateSharedArchive"
      })
  void anotherChoiceReplacesOurs(String flag) {
    assertNull(ClassArchive.of(directory, List.of(flag), ""));
    assertNull(ClassArchive.of(directory, VECTOR, "JAVA_TOOL_OPTIONS=-Xlog:gc " + flag));
  }

  @Test
  void withoutTheLauncherThereAreNone() {
    assertNull(ClassArchive.of(VECTOR));
  }
}
