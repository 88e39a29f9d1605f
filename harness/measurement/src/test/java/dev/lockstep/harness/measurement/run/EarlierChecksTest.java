package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.verification.VerificationStep;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierChecksTest {
  private static final String QUESTION = "the context";
  private static final BackendVariant VARIANT = new BackendVariant(new KvCacheBackend(), Map.of());

  @TempDir private Path directory;
  private Path plugin;

  @BeforeEach
  void makePlugin() throws Exception {
    plugin = Files.writeString(directory.resolve("plugin.jar"), "one");
  }

  private WorkerFactory factory(String... jvmArgs) {
    Gpt2Config config = new Gpt2Config(1, 1, 8, 16, 32, 1e-5);
    return new WorkerFactory(
        new WorkerFactory.Model("m", Path.of("m"), config),
        List.of(plugin),
        List.of(jvmArgs),
        directory::resolve,
        Duration.ofSeconds(1),
        null);
  }

  private EarlierChecks known(String model, String... jvmArgs) {
    return new EarlierChecks(directory.resolve("known"), () -> model, factory(jvmArgs));
  }

  private Competitor competitor() {
    return new Competitor(VARIANT, factory());
  }

  private static Verification found(Outcome outcome) {
    return new Verification(
        new Verification.Subject("kvcache", "", "context", "beyond", "naive", 3, 0),
        VerificationStep.LOGITS,
        "",
        outcome,
        null,
        new Verification.Logits(3, 0.25, 0, null),
        0.5,
        null,
        outcome == Outcome.PASS ? "" : "it is wrong");
  }

  @Test
  void whatWasRightIsKnownUntilSomethingChanges() throws Exception {
    known("a").keep(competitor(), QUESTION, found(Outcome.PASS));
    Verification again = known("a").find(competitor(), QUESTION);
    assertEquals(found(Outcome.PASS).foundEarlier("kvcache", ""), again);
    assertNull(known("b").find(competitor(), QUESTION), "another model");
    assertNull(known("a", "-Xint").find(competitor(), QUESTION), "another flag");
    assertNull(known("a").find(competitor(), "something else"), "another question");
    Files.setLastModifiedTime(plugin, FileTime.fromMillis(12345));
    assertNull(known("a").find(competitor(), QUESTION), "another jar");
    known("a").keep(competitor(), QUESTION, found(Outcome.PASS));
    assertNotNull(known("a").find(competitor(), QUESTION));
  }

  @Test
  void whatWasWrongIsLookedAtAgain() {
    known("a").keep(competitor(), QUESTION, found(Outcome.FAIL));
    assertNull(known("a").find(competitor(), QUESTION));
  }

  @Test
  void aFileThatIsDamagedIsAsGoodAsNone() throws Exception {
    known("a").keep(competitor(), QUESTION, found(Outcome.PASS));
    try (Stream<Path> files = Files.list(directory.resolve("known"))) {
      for (Path file : files.toList()) {
        Files.writeString(file, "backend,options\nrubbish");
      }
    }
    assertNull(known("a").find(competitor(), QUESTION));
  }

  @Test
  void whereNothingCanBeWrittenNothingIsKept() throws Exception {
    Files.writeString(directory.resolve("known"), "a file where the directory should be");
    known("a").keep(competitor(), QUESTION, found(Outcome.PASS));
    assertNull(known("a").find(competitor(), QUESTION));
  }
}
