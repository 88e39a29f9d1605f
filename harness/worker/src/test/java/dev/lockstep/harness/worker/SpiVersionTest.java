package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Spi;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.PluginClassLoader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plugin jars that were really compiled against another version of the SPI: a part of this one is
/// replaced by what another version had there.
class SpiVersionTest {
  /// Every plugin says the same; what the compiler makes of it depends on the SPI.
  private static final String SAYS_ITS_VERSION =
      "@Override public int spiVersion() { return Spi.VERSION; }";

  private static final String SAYS_NOTHING = "";

  /// The provider interface as it was before a backend said its version.
  private static final String UNVERSIONED =
      """
      package dev.lockstep.api;
      public interface Backend {
        String id();
        String description();
        InferenceModel load(Gpt2Weights weights, OptionValues options);
      }
      """;

  @TempDir Path directory;

  private static String spi(int version) {
    return "package dev.lockstep.api; public final class Spi { public static final int VERSION = "
        + version
        + "; }";
  }

  @Test
  void aPluginOfThisVersionIsTaken() throws Exception {
    BackendCatalog catalog = load(plugin("theirs", SAYS_ITS_VERSION));
    assertEquals(List.of(), catalog.problems());
    assertEquals("theirs", catalog.get("theirs").id());
  }

  @Test
  void anOlderPluginIsRefusedByName() throws Exception {
    replace("Spi", spi(Spi.VERSION - 1));
    assertRefused(
        load(plugin("theirs", SAYS_ITS_VERSION)),
        "other.people.Theirs in " + directory.resolve("theirs.jar"),
        "was built for version " + (Spi.VERSION - 1) + " of the SPI",
        "this Lockstep has version " + Spi.VERSION,
        "; rebuild it against the lockstep-api of this Lockstep");
  }

  @Test
  void aNewerPluginIsRefusedByName() throws Exception {
    replace("Spi", spi(Spi.VERSION + 1));
    assertRefused(
        load(plugin("theirs", SAYS_ITS_VERSION)),
        "other.people.Theirs in " + directory.resolve("theirs.jar"),
        "was built for version " + (Spi.VERSION + 1) + " of the SPI",
        "this Lockstep has version " + Spi.VERSION,
        "; take a newer Lockstep, or rebuild it");
  }

  @Test
  void aPluginThatDoesNotSayIsOlder() throws Exception {
    replace("Backend", UNVERSIONED);
    assertRefused(
        load(plugin("theirs", SAYS_NOTHING)),
        "other.people.Theirs in " + directory.resolve("theirs.jar"),
        "was built for version 1 of the SPI",
        "; rebuild it");
  }

  /// It cannot be asked: it cannot even be made.
  @Test
  void aPluginThatNeedsATypeOfAnotherVersionIsToldToBeRebuilt() throws Exception {
    replace("Gone", "package dev.lockstep.api; public final class Gone {}");
    assertRefused(
        load(plugin("theirs", "private final Gone gone = new Gone(); " + SAYS_ITS_VERSION)),
        "Provider other.people.Theirs",
        "dev.lockstep.api.Gone",
        "it was built for another version of the SPI than this Lockstep's, " + Spi.VERSION,
        "rebuild it");
  }

  /// Two jars with one backend are an error, but the refused one is none of them.
  @Test
  void aRefusedPluginDoesNotHideItsSuccessor() throws Exception {
    Path successor = plugin("theirs", SAYS_ITS_VERSION);
    replace("Spi", spi(Spi.VERSION - 1));
    Path old = plugin("outdated", "theirs", SAYS_ITS_VERSION);
    BackendCatalog catalog = load(old, successor);
    assertEquals(1, catalog.problems().size(), catalog.problems().toString());
    assertEquals("other.people.Theirs", catalog.get("theirs").getClass().getName());
  }

  @Test
  void aWorkerPassesARefusedPluginOver() throws Exception {
    Path successor = plugin("theirs", SAYS_ITS_VERSION);
    replace("Spi", spi(Spi.VERSION - 1));
    Path old = plugin("outdated", "theirs", SAYS_ITS_VERSION);
    assertEquals("theirs", find(successor, old).id());
    assertThrows(IllegalArgumentException.class, () -> find(old, successor));
  }

  /// What a worker finds that is given the first jar, with the other beside it.
  private static Backend find(Path jar, Path beside) {
    return BackendLookup.find("theirs", PluginClassLoader.of(jar, List.of(beside)));
  }

  private static BackendCatalog load(Path... jars) {
    return BackendCatalog.load(List.of(jars));
  }

  private static void assertRefused(BackendCatalog catalog, String... parts) {
    assertEquals(1, catalog.problems().size(), catalog.problems().toString());
    String problem = catalog.problems().getFirst();
    for (String part : parts) {
      assertTrue(problem.contains(part), problem);
    }
    assertFalse(problem.contains("\n"), problem);
    assertFalse(catalog.all().stream().anyMatch(backend -> backend.id().equals("theirs")));
    assertTrue(catalog.all().stream().anyMatch(backend -> backend.id().equals("kvcache")));
  }

  private Path plugin(String id, String more) throws Exception {
    return plugin(id, id, more);
  }

  /// A jar with a backend.
  ///
  /// @param name of the jar and, capitalised, of the class
  /// @param more what the class has besides what every backend has
  private Path plugin(String name, String id, String more) throws Exception {
    String type = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    Path classes = directory.resolve(name);
    compile(
        classes,
        type,
        """
        package other.people;
        import dev.lockstep.api.*;
        public final class %s implements Backend {
          @Override public String id() { return "%s"; }
          @Override public String description() { return "other people's"; }
          @Override public InferenceModel load(Gpt2Weights weights, OptionValues options) {
            throw new UnsupportedOperationException();
          }
          %s
        }
        """
            .formatted(type, id, more));
    Path jar = directory.resolve(name + ".jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        add(entries, classes.relativize(file).toString(), Files.readAllBytes(file));
      }
      byte[] provider = ("other.people." + type).getBytes(StandardCharsets.UTF_8);
      add(entries, "META-INF/services/" + Backend.class.getName(), provider);
    }
    return jar;
  }

  private static void add(JarOutputStream entries, String name, byte[] bytes) throws IOException {
    entries.putNextEntry(new JarEntry(name.replace(File.separatorChar, '/')));
    entries.write(bytes);
    entries.closeEntry();
  }

  /// Plugins that are compiled from now on see this type of the SPI instead of the real one.
  private void replace(String type, String source) throws Exception {
    compile(replaced(), type, source);
  }

  private Path replaced() {
    return directory.resolve("replaced");
  }

  private void compile(Path classes, String type, String source) throws Exception {
    Path file = Files.createDirectories(directory.resolve("sources")).resolve(type + ".java");
    Files.writeString(file, source);
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    String classPath = replaced() + File.pathSeparator + realApi();
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-implicit:none"));
    arguments.addAll(List.of("-classpath", classPath, "-d", classes.toString(), file.toString()));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, messages, messages, arguments.toArray(String[]::new));
    assertEquals(0, failed, messages.toString(StandardCharsets.UTF_8));
  }

  private static Path realApi() throws URISyntaxException {
    return Path.of(Backend.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
