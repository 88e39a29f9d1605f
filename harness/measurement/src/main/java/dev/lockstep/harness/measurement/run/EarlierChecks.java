package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.verification.Outcome;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.JavaWorker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.catalog.PluginClassLoader;
import dev.lockstep.harness.worker.error.UserError;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What earlier runs found about backends that always comes out the same, kept on disk where it
/// was right: while jars, options, model, device, driver, JVM and flags are the same, a check would
/// find the same again, and is left out. What was wrong is looked at anew. Nothing is kept where
/// nothing can be written.
final class EarlierChecks {
  /// Changes with what the checks look at.
  private static final int VERSION = 1;

  private static final int MAX_FILES = 1000;

  /// What a backend says about where it runs, and does not change from one run to the next.
  private static final List<String> WHERE =
      List.of("device", "driver", "architecture", "precision", "vector_bits", "threads");

  private final Path directory;
  private final Supplier<String> modelHash;
  private final WorkerFactory factory;
  private final String jars;

  /// @param directory where they lie
  /// @param modelHash of the checkpoint
  EarlierChecks(Path directory, Supplier<String> modelHash, WorkerFactory factory) {
    this.directory = directory;
    this.modelHash = modelHash;
    this.factory = factory;
    List<Path> all = new ArrayList<>(classPath());
    all.addAll(factory.plugins());
    this.jars = fingerprint(all);
  }

  /// Those of this user.
  static EarlierChecks of(Supplier<String> modelHash, WorkerFactory factory) {
    return new EarlierChecks(CacheDirectory.path().resolve("checks"), modelHash, factory);
  }

  /// What was found earlier; null if nothing is known.
  ///
  /// @param question what was checked
  @Nullable Verification find(Competitor competitor, String question) {
    if (competitor.variant().engine() != null) {
      return null; // What it consists of is not known.
    }
    Path file = file(competitor, question);
    try {
      List<Verification> rows =
          Files.isReadable(file) ? VerificationCsv.read(file) : List.<Verification>of();
      return rows.size() == 1 && rows.getFirst().outcome() == Outcome.PASS
          ? rows.getFirst()
              .foundEarlier(competitor.variant().name(), competitor.variant().options())
          : null;
    } catch (UserError e) {
      return null; // It is as good as none.
    }
  }

  /// Keeps what was found, if it is right and can be written.
  void keep(Competitor competitor, String question, Verification found) {
    if (found.outcome() != Outcome.PASS || competitor.variant().engine() != null) {
      return;
    }
    try {
      LocalFiles.createDirectories(directory);
      removeOldest();
      String text = VerificationCsv.TABLE.text(List.of(found));
      LocalFiles.replace(file(competitor, question), text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException | UncheckedIOException e) {
      // It is looked at again.
    }
  }

  private void removeOldest() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.sorted(Comparator.comparing(EarlierChecks::changed)).toList();
    }
    for (Path file : files.subList(0, Math.max(0, files.size() - MAX_FILES + 1))) {
      LocalFiles.deleteIfPossible(file);
    }
  }

  private Path file(Competitor competitor, String question) {
    BackendVariant variant = competitor.variant();
    TreeMap<String, String> where = new TreeMap<>(competitor.executionPath());
    where.keySet().retainAll(WHERE);
    List<Object> key = new ArrayList<>();
    key.add(VERSION);
    key.add(modelHash.get());
    key.add(variant.id());
    key.add(variant.values().all());
    key.add(where);
    key.add(factory.timedJvmArgs(variant));
    for (String property : List.of("java.home", "java.vm.version", "os.arch", "os.version")) {
      key.add(System.getProperty(property, ""));
    }
    key.add(String.valueOf(EnvironmentJson.host().get("cpu")));
    key.add(jars);
    key.add(fingerprint(PluginClassLoader.jarsOf(variant.backend())));
    key.add(question);
    return directory.resolve(hash(key.toString()) + ".csv");
  }

  private static List<Path> classPath() {
    String[] entries = JavaWorker.classPath().split(File.pathSeparator);
    return Arrays.stream(entries).map(Path::of).toList();
  }

  /// Path, size and time of every file of a class path.
  private static String fingerprint(List<Path> entries) {
    StringBuilder text = new StringBuilder();
    for (Path entry : entries) {
      try (Stream<Path> files = Files.walk(entry)) {
        files.filter(Files::isRegularFile).sorted().forEach(file -> text.append(describe(file)));
      } catch (IOException | UncheckedIOException e) {
        text.append(entry).append(" cannot be read\n");
      }
    }
    return hash(text.toString());
  }

  private static String describe(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return "%s %s %s\n".formatted(file, attributes.size(), attributes.lastModifiedTime());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long changed(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0; // Another process has removed it.
    }
  }

  private static String hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
