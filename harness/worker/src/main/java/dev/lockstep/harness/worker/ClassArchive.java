package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.machine.JavaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The class-data archive that a worker starts from: it maps the classes that it would otherwise
/// read from jars, verify and link. The launcher has [ClassArchives] make the archives when it has
/// built; without them workers start as well, only later. A JVM maps no archive of other jars or of
/// another JDK.
///
/// @param name one for all workers whose modules and collector are the same
record ClassArchive(Path directory, String name) {
  /// Where the archives lie; workers have none where it is not set.
  static final String DIRECTORY = "lockstep.archives";

  /// Flags that choose another archive, or none: a JVM that is given two does not start.
  private static final Pattern OTHER =
      Pattern.compile(
          "-Xshare|AOT|SharedArchive|SharedClassList|ArchiveClasses|DumpLoadedClassList");

  /// What an archive depends on besides the class path.
  private static final Pattern KIND =
      Pattern.compile("--add-modules=([\\w.,]+)|-XX:\\+(Use\\w+GC)");

  /// That of a JVM, which need not exist yet.
  ///
  /// @param jvmArgs the JVM's flags
  /// @return null where archives have no place, or where the flags or the environment decide
  static @Nullable ClassArchive of(List<String> jvmArgs) {
    String directory = System.getProperty(DIRECTORY, "");
    return directory.isEmpty() ? null : of(Path.of(directory), jvmArgs, environment());
  }

  /// @param environment the options that the environment gives to every JVM
  static @Nullable ClassArchive of(Path directory, List<String> jvmArgs, String environment) {
    if (OTHER.matcher(environment).find()
        || jvmArgs.stream().anyMatch(flag -> OTHER.matcher(flag).find())) {
      return null;
    }
    String kind =
        jvmArgs.stream()
            .map(KIND::matcher)
            .filter(matcher -> matcher.matches())
            .map(matcher -> matcher.group(1) == null ? matcher.group(2) : matcher.group(1))
            .sorted()
            .distinct()
            .map(word -> "-" + word.replaceAll("[^A-Za-z0-9]+", "_"))
            .collect(Collectors.joining());
    return new ClassArchive(directory, "worker" + kind + ".jsa");
  }

  private static String environment() {
    return JavaOptions.ofEnvironment().describe();
  }

  Path file() {
    return directory.resolve(name);
  }

  /// The flags with which a JVM starts from it; none while it does not exist.
  List<String> flags() {
    return Files.isReadable(file())
        ? List.of(
            "-XX:SharedArchiveFile=" + file(), "-Xshare:auto", "-Xlog:cds*=off", "-Xlog:aot*=off")
        : List.of();
  }
}
