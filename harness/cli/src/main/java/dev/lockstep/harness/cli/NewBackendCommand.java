package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.ShellWord;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep new-backend`: a plugin to begin with.
@Command(
    name = "new-backend",
    description =
        "Writes a Maven project of its own with a backend that computes GPT-2 by its formula, right and slow, and a test that holds it to the contract.",
    mixinStandardHelpOptions = true)
final class NewBackendCommand implements Callable<Integer> {
  /// What a plugin is built with is published nowhere; a release brings it.
  private static final String INSTALL =
      "  mvn install -DskipTests -pl backend-tck -am     # once, in Lockstep's directory\n";

  @Parameters(
      paramLabel = "ID",
      description = "The backend's id: lower-case letters, digits and hyphens.")
  private String id = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where to write it (default: a directory of the id's name, here).")
  private @Nullable Path output;

  @Override
  public Integer call() {
    Path repository = Path.of(System.getProperty("lockstep.home", ""), "repository");
    boolean released = Files.isDirectory(repository);
    BackendProject project = BackendProject.of(id, released ? repository.toUri() : null);
    List<String> taken =
        BackendCatalog.load(List.of()).all().stream().map(backend -> backend.id()).toList();
    if (taken.contains(id)) {
      throw UserError.usage(
          "there is a backend '%s' already, and ids are unique; choose another than %s"
              .formatted(id, String.join(", ", taken)));
    }
    Path directory = output == null ? Path.of(id) : output;
    requireEmpty(directory);
    try {
      for (BackendProject.File file : project.files()) {
        Path path = directory.resolve(file.path());
        Path parent = path.getParent();
        if (parent != null) {
          LocalFiles.createDirectories(parent);
        }
        LocalFiles.replace(path, file.content());
      }
    } catch (IOException e) {
      throw UserError.error(
          "%s cannot be written: %s; choose another directory with -o"
              .formatted(directory, FileProblem.describe(e)),
          e);
    }
    Console.println(
        """
        %s is a backend now; what to do next is in its README.md:
        %s  cd %s
          mvn verify                                      # the contract, with JAVA_HOME set to a JDK 25
          lockstep run --plugins target/%s.jar -b kvcache,%s"""
            .formatted(
                directory,
                released ? "" : INSTALL,
                ShellWord.quoted(directory.toString()),
                id,
                id));
    return ExitCode.OK;
  }

  private static void requireEmpty(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      if (files.findAny().isEmpty()) {
        return;
      }
    } catch (IOException e) {
      throw UserError.usage(
          "%s: %s; choose another directory with -o".formatted(directory, FileProblem.describe(e)));
    }
    throw UserError.usage(
        "%s is there and is not empty; choose another directory with -o".formatted(directory));
  }
}
