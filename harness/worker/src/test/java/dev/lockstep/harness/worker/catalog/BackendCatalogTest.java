package dev.lockstep.harness.worker.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.oracle.OracleBackend;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendCatalogTest {
  @TempDir Path directory;

  /// A plugin that has the id of a stage.
  public static final class SecondNaive implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String id() {
      return "naive";
    }

    @Override
    public String description() {
      return "not the naive you know";
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  /// A plugin with an id of its own.
  public static final class OtherBackend implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String id() {
      return "other";
    }

    @Override
    public String description() {
      return "another";
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  /// A plugin whose id is no id.
  public static final class ShoutingBackend implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String id() {
      return "Shouting!";
    }

    @Override
    public String description() {
      return "loud";
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  /// A plugin that cannot even be made.
  public static final class StillbornBackend implements Backend {
    public StillbornBackend() {
      throw new UnsatisfiedLinkError("planted: libstillborn.so");
    }

    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String id() {
      return "stillborn";
    }

    @Override
    public String description() {
      return "never there";
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  /// A plugin that cannot say what its options are.
  public static final class SpeechlessBackend implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String id() {
      return "speechless";
    }

    @Override
    public String description() {
      return "no words";
    }

    @Override
    public List<BackendOption> options() {
      throw new IllegalStateException("planted:\nno options");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  private Path plugin(String name, String provider) throws IOException {
    Path jar = directory.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      entries.putNextEntry(new JarEntry("META-INF/services/" + Backend.class.getName()));
      entries.write(provider.getBytes(StandardCharsets.UTF_8));
      entries.closeEntry();
    }
    return jar;
  }

  private static List<String> ids(BackendCatalog catalog) {
    return catalog.all().stream().map(Backend::id).toList();
  }

  @Test
  void anIdThatIsTakenStaysWithTheOneThatHadIt() throws IOException {
    Path jar = plugin("twin.jar", SecondNaive.class.getName());
    BackendCatalog catalog = BackendCatalog.load(List.of(jar));
    assertFalse(catalog.get("naive") instanceof SecondNaive);
    String problem = catalog.problems().getFirst();
    assertTrue(problem.contains("SecondNaive in "), problem);
    assertTrue(problem.endsWith("has the id 'naive', which is taken: it is naive@" + jar), problem);
    assertTrue(catalog.build("naive", jar.toString()) instanceof SecondNaive);
  }

  @Test
  void anIdOfSeveralPluginsMustBeSaidMorePrecisely() throws IOException {
    Path first = plugin("first.jar", OtherBackend.class.getName());
    Path second = plugin("second.jar", OtherBackend.class.getName());
    BackendCatalog catalog = BackendCatalog.load(List.of(first, second));
    assertFalse(ids(catalog).contains("other"));
    assertEquals(1, catalog.problems().size(), catalog.problems().toString());
    UserError error = assertThrows(UserError.class, () -> catalog.get("other"));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("several plugins have the id 'other'"), message);
    assertEquals("other", catalog.build("other", first.toString()).id());
  }

  @Test
  void aBuildThatIsNotThereIsNamed() throws IOException {
    Path jar = plugin("stillborn.jar", StillbornBackend.class.getName());
    BackendCatalog catalog = BackendCatalog.load(List.of());
    for (String[] each :
        new String[][] {
          {"no-such.jar", "there is no such jar"},
          {jar.toString(), "libstillborn.so"},
          {plugin("other.jar", OtherBackend.class.getName()).toString(), "it has other"},
          {Files.writeString(directory.resolve("text.jar"), "no jar").toString(), "not a jar"}
        }) {
      UserError error = assertThrows(UserError.class, () -> catalog.build("mine", each[0]));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.startsWith("-b mine@" + each[0]), message);
      assertTrue(message.contains(each[1]), message);
    }
  }

  @Test
  void theHarnessesOwnIdIsRefused() {
    UserError error =
        assertThrows(UserError.class, () -> BackendCatalog.of(List.of(new OracleBackend())));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("the id 'oracle', which is the harness's own"), message);
  }

  @Test
  void anIllegalIdIsAProblemOfItsOwn() throws IOException {
    Path jar = plugin("loud.jar", ShoutingBackend.class.getName());
    BackendCatalog catalog = BackendCatalog.load(List.of(jar));
    assertTrue(ids(catalog).contains("kvcache"));
    assertTrue(catalog.problems().getFirst().contains("'Shouting!'"));
  }

  @Test
  void aJarThatIsNoneAndOneWithoutBackendsAreProblemsOfTheirOwn() throws IOException {
    Path broken = Files.writeString(directory.resolve("broken.jar"), "no jar");
    BackendCatalog catalog = BackendCatalog.load(List.of(broken));
    assertTrue(ids(catalog).contains("kvcache"));
    String problem = catalog.problems().getFirst();
    assertTrue(problem.startsWith(broken + " is not a jar that can be read"), problem);
    Path empty = directory.resolve("empty.jar");
    try (JarOutputStream entries = new JarOutputStream(Files.newOutputStream(empty))) {
      entries.putNextEntry(new JarEntry("readme.txt"));
    }
    problem = BackendCatalog.load(List.of(empty)).problems().getFirst();
    assertTrue(problem.startsWith("no backend is in " + empty), problem);
  }

  @Test
  void aProviderThatCannotBeLoadedIsAProblemOfItsOwn() throws IOException {
    plugin("stillborn.jar", StillbornBackend.class.getName());
    plugin("missing.jar", "dev.nowhere.MissingBackend");
    Files.writeString(directory.resolve("notes.txt"), "not a jar");
    BackendCatalog catalog = BackendCatalog.load(List.of(directory));
    assertTrue(ids(catalog).contains("kvcache"));
    assertEquals(2, catalog.problems().size(), catalog.problems().toString());
    String problems = String.join("\n", catalog.problems());
    assertTrue(problems.contains("libstillborn.so"), problems);
    assertTrue(problems.contains("dev.nowhere.MissingBackend"), problems);
    assertEquals(2, catalog.pluginJars().size());
  }

  @Test
  void aBackendThatCannotDescribeItselfIsAProblemOfItsOwn() throws IOException {
    Path jar = plugin("speechless.jar", SpeechlessBackend.class.getName());
    BackendCatalog catalog = BackendCatalog.load(List.of(jar));
    assertTrue(ids(catalog).contains("kvcache"));
    String problem = catalog.problems().getFirst();
    assertTrue(problem.contains("SpeechlessBackend"), problem);
    assertTrue(problem.contains("options() failed"), problem);
    assertTrue(problem.contains("planted:?no options"), problem);
  }
}
