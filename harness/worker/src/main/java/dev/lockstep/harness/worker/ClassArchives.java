package dev.lockstep.harness.worker;

import dev.lockstep.api.Backend;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.oracle.OracleBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Makes the archives of [ClassArchive]: for each kind of worker one that has loaded the embedded
/// model and generated with it, on each backend of that kind, writes down its classes when it ends.
public final class ClassArchives {
  /// Makes a worker end in a way that lets its JVM write the archive.
  static final String MAKING = "lockstep.making-archive";

  private static final String MODEL = "shakespeare";
  private static final int[] PROMPT = {1, 2, 3, 4, 5, 6, 7, 8};
  private static final int NEW_TOKENS = 4;
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private ClassArchives() {}

  /// Makes all of them, in the directory of the property `lockstep.archives`. One that cannot be
  /// made is told on standard error and missed by nobody.
  public static void main(String[] arguments) {
    Map<ClassArchive, List<BackendVariant>> kinds = new LinkedHashMap<>();
    Stream.concat(
            BackendCatalog.load(List.of()).all().stream(), Stream.<Backend>of(new OracleBackend()))
        .map(backend -> new BackendVariant(backend, Map.of()))
        .forEach(
            variant -> {
              ClassArchive archive = ClassArchive.of(variant.jvmArgs());
              if (archive != null) {
                kinds.computeIfAbsent(archive, kind -> new ArrayList<>()).add(variant);
              }
            });
    kinds.entrySet().parallelStream().forEach(kind -> make(kind.getKey(), kind.getValue()));
  }

  private static void make(ClassArchive archive, List<BackendVariant> variants) {
    try {
      Path unfinished = LocalFiles.createTemporaryFile(archive.directory(), "worker", ".tmp");
      Path log = LocalFiles.createTemporaryFile("lockstep-archive", ".log");
      try {
        if (train(variants, unfinished, log) && Files.size(unfinished) > 0) {
          LocalFiles.moveAtomically(unfinished, archive.file());
        } else {
          System.err.println("no class archive " + archive.file() + " was made");
        }
      } finally {
        LocalFiles.deleteIfPossible(unfinished);
        LocalFiles.deleteIfPossible(log);
      }
    } catch (IOException e) {
      System.err.println("no class archive: " + FileProblem.describe(e));
    } catch (WorkerFailure e) {
      System.err.println("no class archive: " + e.getMessage());
    }
  }

  /// @return whether the JVM has ended well, with what it writes then
  private static boolean train(List<BackendVariant> variants, Path file, Path log)
      throws WorkerFailure {
    List<String> flags = new ArrayList<>(variants.getFirst().jvmArgs());
    flags.add("-XX:ArchiveClassesAtExit=" + file);
    flags.add("-Xlog:cds*=off");
    flags.add("-Xlog:aot*=off");
    flags.add("-D" + MAKING + "=true");
    WorkerCommand command =
        new WorkerCommand(variants.getFirst().label(), new JavaWorker(flags, List.of()), log, null);
    try (Worker worker = Worker.start(command)) {
      for (BackendVariant variant : variants) {
        train(worker, variant);
      }
      return worker.end(TIMEOUT);
    }
  }

  /// One that is unavailable, or fails, has loaded classes too.
  private static void train(Worker worker, BackendVariant variant) throws WorkerFailure {
    try {
      Reply.AvailabilityAnswer answer =
          worker.call(
              new Request.CheckAvailability(variant.id(), variant.given()),
              Reply.AvailabilityAnswer.class,
              TIMEOUT);
      if (answer.available()) {
        worker.call(
            new Request.Load(variant.id(), variant.given(), MODEL), Reply.Loaded.class, TIMEOUT);
        worker.call(new Request.Generate(PROMPT, 0, NEW_TOKENS), Reply.Generated.class, TIMEOUT);
      }
    } catch (WorkerFailure e) {
      if (e.kind() != WorkerFailure.Kind.ERROR) {
        throw e;
      }
    }
  }
}
