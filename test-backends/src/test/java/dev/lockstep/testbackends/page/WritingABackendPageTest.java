package dev.lockstep.testbackends.page;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What docs/writing-a-backend.md shows is what is compiled here, and it obeys the contract: the
/// defaults of the SPI are enough for a session that overrides none of them.
class WritingABackendPageTest extends BackendContract {
  private static final Path ROOT = Path.of("..");
  private static final Path SOURCES = Path.of("src/test/java/dev/lockstep/testbackends/page");

  @Override
  public Backend backend() {
    return new MyBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }

  /// Without the embedded model: whole sequences of it, again and again, take too long.
  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> !g.name().startsWith("shakespeare")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MyBackend", "MySession"})
  void theClassesOnThePageAreTheseOnes(String name) throws IOException {
    String source = Files.readString(SOURCES.resolve(name + ".java"));
    String shown = source.substring(source.lastIndexOf(";\n\n", source.indexOf(name + " ")) + 3);
    String page = Files.readString(ROOT.resolve("docs").resolve("writing-a-backend.md"));
    assertTrue(page.contains("```java\n" + shown + "```\n"), "the page does not show " + name);
  }
}
