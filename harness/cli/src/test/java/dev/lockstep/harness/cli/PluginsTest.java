package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Backend;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plugins have class loaders of their own: two builds of one backend race in the same rounds, each
/// with its own classes and what it depends on.
@Tag("processes")
class PluginsTest {
  private static final String MODEL =
      "../../backend-tck/src/main/resources/dev/lockstep/tck/models/head-size-5";

  /// A backend that computes with kvcache, and says from which build its own class and one of a
  /// library come that Lockstep has, too; and the library's service, which is found by the thread's
  /// context.
  private static final String BACKEND =
      """
      package mine;
      import dev.lockstep.api.*;
      public final class MyBackend implements Backend {
        public int spiVersion() { return Spi.VERSION; }
        public String id() { return "mine"; }
        public String description() { return "a test's"; }
        public InferenceModel load(Gpt2Weights weights, OptionValues options) {
          System.out.println("build BUILD with a library of " + org.apache.commons.csv.CSVFormat.build());
          java.util.ServiceLoader.load(Runnable.class).forEach(Runnable::run);
          var kvcache = new dev.lockstep.backend.kvcache.KvCacheBackend();
          return kvcache.load(weights, OptionValues.defaults(kvcache.options()));
        }
      }
      """;

  private static final String LIBRARY =
      """
      package org.apache.commons.csv;
      public final class CSVFormat implements Runnable {
        public static String build() { return "BUILD"; }
        public void run() { System.out.println("a service of BUILD"); }
      }
      """;

  @TempDir private Path directory;

  private Path build(String name) throws IOException {
    Path sources = Files.createDirectories(directory.resolve(name).resolve("sources"));
    Path classes = Files.createDirectories(directory.resolve(name).resolve("classes"));
    Path backend =
        Files.writeString(sources.resolve("MyBackend.java"), BACKEND.replace("BUILD", name));
    Path library =
        Files.writeString(sources.resolve("CSVFormat.java"), LIBRARY.replace("BUILD", name));
    int exitCode =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                backend.toString(),
                library.toString());
    assertEquals(0, exitCode);
    Path jar = directory.resolve(name).resolve("mine.jar");
    try (JarOutputStream entries = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      entries.putNextEntry(new JarEntry("META-INF/services/" + Backend.class.getName()));
      entries.write("mine.MyBackend".getBytes(StandardCharsets.UTF_8));
      entries.putNextEntry(new JarEntry("META-INF/services/java.lang.Runnable"));
      entries.write("org.apache.commons.csv.CSVFormat".getBytes(StandardCharsets.UTF_8));
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        entries.write(Files.readAllBytes(file));
      }
    }
    return jar;
  }

  @Test
  void twoBuildsOfOneBackendRaceInTheSameRounds() throws Exception {
    Path before = build("before");
    Path after = build("after");
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"id\":\"p\",\"prompt_ids\":[3,1,4]}\n");
    Path output = directory.resolve("run");
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "run",
            "-m",
            MODEL,
            "-b",
            "mine@%s,mine@%s".formatted(before, after),
            "-p",
            prompts.toString(),
            "-n",
            "2",
            "-r",
            "2",
            "-w",
            "0",
            "-o",
            output.toString());
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<Sample> samples = SamplesCsv.read(output.resolve("samples.csv"));
    for (Path jar : List.of(before, after)) {
      List<Sample> own =
          samples.stream().filter(sample -> sample.key().backend().equals("mine@" + jar)).toList();
      assertEquals(2, own.size(), samples.toString());
      assertTrue(own.stream().allMatch(sample -> sample.match() == MatchClass.IDENTICAL));
    }
    StringBuilder said = new StringBuilder();
    try (Stream<Path> logs = Files.list(output.resolve("logs"))) {
      for (Path log : logs.toList()) {
        said.append(Files.readString(log));
      }
    }
    assertTrue(said.toString().contains("build before with a library of before"), said.toString());
    assertTrue(said.toString().contains("build after with a library of after"), said.toString());
    assertTrue(said.toString().contains("a service of before"), said.toString());
    assertTrue(said.toString().contains("a service of after"), said.toString());
  }

  @Test
  void brokenPluginsCostNothingElse() throws Exception {
    Path before = build("before");
    Path after = build("after");
    Path broken = Files.writeString(directory.resolve("broken.jar"), "no jar");
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "verify",
            "-m",
            MODEL,
            "-b",
            "kvcache",
            "--random",
            "1",
            "-n",
            "1",
            "--plugins",
            broken.toString(),
            "--plugins",
            before.toString(),
            "--plugins",
            after.toString());
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> problems =
        result.err().lines().filter(line -> line.contains("could not be loaded")).toList();
    assertEquals(2, problems.size(), result.err());
    assertTrue(problems.getFirst().contains(broken + " is not a jar"), result.err());
    assertTrue(problems.getLast().contains("mine@" + before + " or mine@" + after), result.err());
  }
}
