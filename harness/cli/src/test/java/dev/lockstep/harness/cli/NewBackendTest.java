package dev.lockstep.harness.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// A new backend is right from the first minute, and is what docs/writing-a-backend.md shows. That
/// Maven builds it is a stage of CI of its own, `tools/new-backend`.
@Tag("processes")
class NewBackendTest {
  private static final int MIN_LAWS = 50;

  @TempDir private Path directory = Path.of("");

  private CommandLineProcess.Result make(String id, Path where) throws Exception {
    return CommandLineProcess.run("new-backend", id, "-o", where.toString());
  }

  @Test
  void itObeysTheContractAndRuns() throws Exception {
    Path project = directory.resolve("mine");
    CommandLineProcess.Result made = make("my-backend", project);
    assertEquals(ExitCode.OK, made.exitCode(), made.err());
    assertTrue(made.out().contains("lockstep run --plugins target/my-backend.jar"), made.out());
    Path classes = directory.resolve("classes");
    compile(sources(project), classes);
    TestExecutionSummary contract = contract(classes);
    assertEquals(List.of(), contract.getFailures().stream().map(Object::toString).toList());
    assertTrue(contract.getTestsSucceededCount() >= MIN_LAWS, "laws that were tried");

    Path jar = directory.resolve("my-backend.jar");
    pack(jar, classes, project.resolve("src/main/resources"));
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n");
    CommandLineProcess.Result run =
        CommandLineProcess.run(
            "run",
            "-m=" + EngineRace.MODEL,
            "-p=" + prompts,
            "--plugins=" + jar,
            "-b=kvcache,my-backend",
            "-n=2",
            "-r=1",
            "-w=0",
            "-o=" + directory.resolve("run"));
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertTrue(run.out().lines().toList().getLast().matches("my-backend .*IDENTICAL"), run.out());
  }

  private static List<Path> sources(Path project) throws IOException {
    try (Stream<Path> files = Files.walk(project)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  /// Without a warning, as its author would want it.
  private static void compile(List<Path> sources, Path classes) {
    JavaCompiler compiler = requireNonNull(ToolProvider.getSystemJavaCompiler());
    List<String> arguments =
        new ArrayList<>(
            List.of("-Xlint:all", "-Werror", "-proc:none", "-d", classes.toString(), "-cp"));
    arguments.add(System.getProperty("java.class.path"));
    sources.forEach(source -> arguments.add(source.toString()));
    assertEquals(0, compiler.run(null, null, null, arguments.toArray(new String[0])));
  }

  private static TestExecutionSummary contract(Path classes) throws Exception {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Class<?> test = loader.loadClass("com.example.mybackend.MyBackendTest");
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request().selectors(selectClass(test)).build(),
              summary);
    }
    return summary.getSummary();
  }

  private static void pack(Path jar, Path... roots) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Path root : roots) {
        try (Stream<Path> files = Files.walk(root)) {
          for (Path file : files.filter(Files::isRegularFile).toList()) {
            entries.putNextEntry(new JarEntry(root.relativize(file).toString().replace('\\', '/')));
            Files.copy(file, entries);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Backend", "Session"})
  void thePageShowsItsClasses(String name) throws Exception {
    Path project = directory.resolve("mine");
    assertEquals(ExitCode.OK, make("my-backend", project).exitCode());
    String source =
        Files.readString(
            project.resolve("src/main/java/com/example/mybackend/My" + name + ".java"));
    String shown = source.substring(source.indexOf("import "));
    String page = Files.readString(Path.of("../../docs/writing-a-backend.md"));
    assertTrue(page.contains("```java\n" + shown + "```\n"), "the page does not show My" + name);
  }

  @Test
  void theVersionsAreOurs() throws Exception {
    Path project = directory.resolve("mine");
    assertEquals(ExitCode.OK, make("my-backend", project).exitCode());
    String pom = Files.readString(project.resolve("pom.xml"));
    assertTrue(pom.contains("<artifactId>my-backend</artifactId>"), pom);
    assertFalse(pom.contains("@") || pom.contains("__"), pom);
    String own = Files.readString(Path.of("../../pom.xml"));
    for (String name : List.of("compiler", "surefire")) {
      String property = name + ".plugin.version>";
      String version = own.substring(own.indexOf(property) + property.length());
      version = version.substring(0, version.indexOf('<'));
      assertTrue(
          pom.contains(
              "maven-%s-plugin</artifactId>\n        <version>%s<".formatted(name, version)),
          pom);
    }
  }

  /// In a checkout they are installed first, and the project names no directory of this machine.
  @Test
  void whatItIsBuiltWithLiesInARelease() {
    String checkout = content("pom.xml", null) + content("README.md", null);
    assertTrue(checkout.contains("mvn install -DskipTests -pl backend-tck -am"), checkout);
    assertFalse(checkout.contains("<repositories>"), checkout);
    URI repository = URI.create("file:///opt/lockstep%20dir/repository/");
    String release = content("pom.xml", repository) + content("README.md", repository);
    assertTrue(
        release.contains("<lockstep.repository>" + repository + "</lockstep.repository>"), release);
    assertTrue(release.contains("<url>${lockstep.repository}</url>"), release);
    assertFalse(release.contains("mvn install"), release);
    for (String text : List.of(checkout, release)) {
      assertFalse(text.contains("__") || text.contains("\n\n\n"), text);
    }
  }

  private static String content(String path, @Nullable URI repository) {
    return BackendProject.of("my-backend", repository).files().stream()
        .filter(file -> file.path().equals(path))
        .map(file -> new String(file.content(), StandardCharsets.UTF_8))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "my-backend, My, com.example.mybackend",
    "new, New, com.example.newbackend",
    "int8-cache, Int8Cache, com.example.int8cachebackend",
    "4bit, Backend4bit, com.example.backend4bitbackend"
  })
  void everyIdGivesNamesThatJavaTakes(String id, String name, String packageName) {
    String path = "src/main/java/" + packageName.replace('.', '/') + "/" + name + "Model.java";
    assertTrue(
        BackendProject.of(id, null).files().stream().anyMatch(file -> file.path().equals(path)),
        BackendProject.of(id, null).files().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"My-Backend", "-x", "x-", "a--b", "", "a/b", "../x"})
  void whatIsNoIdIsRefused(String id) throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run("new-backend", "-o", directory.resolve("p").toString(), "--", id);
    assertEquals(ExitCode.USAGE, result.exitCode(), result.err());
    assertTrue(result.err().contains("'" + id + "' cannot be a backend's id"), result.err());
    assertFalse(Files.exists(directory.resolve("p")));
  }

  @Test
  void whatIsThereIsKept() throws Exception {
    CommandLineProcess.Result taken = make("simd", directory.resolve("simd"));
    assertEquals(ExitCode.USAGE, taken.exitCode());
    assertTrue(taken.err().contains("there is a backend 'simd' already"), taken.err());
    Path file = Files.writeString(directory.resolve("file"), "mine");
    CommandLineProcess.Result full = make("my-backend", directory);
    assertEquals(ExitCode.USAGE, full.exitCode());
    assertTrue(full.err().contains("is not empty; choose another directory with -o"), full.err());
    CommandLineProcess.Result within = make("my-backend", file.resolve("mine"));
    assertEquals(ExitCode.ERROR, within.exitCode());
    assertTrue(within.err().contains("cannot be written"), within.err());
    assertEquals("mine", Files.readString(file));
  }
}
