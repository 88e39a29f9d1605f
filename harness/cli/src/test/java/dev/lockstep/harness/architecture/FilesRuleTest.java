package dev.lockstep.harness.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Formatter;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Files are made through one door, and what goes wrong with them is told in one place.
class FilesRuleTest {
  private static final JavaClasses CLASSES = MainClasses.ALL;

  private static final Pattern WRITING =
      Pattern.compile("(write|create|copy|move|delete|set|newOutput|newBufferedW|newByteCh).*");
  private static final Pattern OF_FILE =
      Pattern.compile(
          "(createNewFile|createTempFile|mkdir|mkdirs|delete|deleteOnExit|renameTo|set.*)");
  private static final Set<Class<?>> ALWAYS_WRITE =
      Set.of(FileWriter.class, RandomAccessFile.class, AsynchronousFileChannel.class);
  private static final Set<Class<?>> WRITE_TO_A_NAME =
      Set.of(FileOutputStream.class, PrintWriter.class, PrintStream.class, Formatter.class);

  @Test
  void filesAreMadeThroughOneDoor() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(LocalFiles.class)
        .should()
        .callCodeUnitWhere(
            DescribedPredicate.<JavaCall<?>>describe("it writes to a file", FilesRuleTest::writes))
        .check(CLASSES);
  }

  private static boolean writes(JavaCall<?> call) {
    JavaClass owner = call.getTargetOwner();
    String name = call.getName();
    if (owner.isEquivalentTo(Files.class)) {
      return WRITING.matcher(name).matches();
    }
    if (owner.isEquivalentTo(File.class)) {
      return OF_FILE.matcher(name).matches();
    }
    if (owner.isEquivalentTo(FileChannel.class)) {
      return name.equals("open");
    }
    if (owner.isEquivalentTo(ProcessBuilder.Redirect.class)) {
      return name.equals("to") || name.equals("appendTo");
    }
    if (ALWAYS_WRITE.stream().anyMatch(owner::isEquivalentTo)) {
      return name.equals("<init>") || name.equals("open");
    }
    boolean takesAName =
        call.getTarget().getRawParameterTypes().stream()
            .findFirst()
            .filter(
                type ->
                    type.isEquivalentTo(File.class)
                        || type.isEquivalentTo(String.class)
                        || type.isEquivalentTo(Path.class))
            .isPresent();
    if (WRITE_TO_A_NAME.stream().anyMatch(owner::isEquivalentTo)) {
      return name.equals("<init>") && takesAName;
    }
    boolean ofALibrary =
        owner.getName().startsWith("com.fasterxml.jackson.")
            || owner.getName().startsWith("org.apache.commons.csv.")
            || owner.getName().equals("java.net.http.HttpResponse$BodyHandlers");
    return ofALibrary && takesAName && name.matches("writeValue|print|ofFile.*");
  }

  /// A message of theirs may be a path alone, or the name of an exception.
  @Test
  void messagesOfInputAndOutputErrorsArePutIntoWordsInOnePlace() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(FileProblem.class)
        // What a connection says is the hub's own, which names the host.
        .and()
        .resideOutsideOfPackage("dev.lockstep.model.hub..")
        .should()
        .callMethodWhere(
            DescribedPredicate.<JavaCall<?>>describe(
                "it is a message of an IOException",
                call ->
                    Set.of("getMessage", "toString", "getLocalizedMessage").contains(call.getName())
                        && (call.getTargetOwner().isEquivalentTo(UncheckedIOException.class)
                            || (call.getTargetOwner().isAssignableTo(IOException.class)
                                && call.getTargetOwner().getPackageName().startsWith("java.")))))
        .check(CLASSES);
  }

  @Test
  void theRuleSeesWhatItForbids() {
    JavaClasses own = new ClassFileImporter().importClasses(Offender.class);
    long seen =
        own.get(Offender.class).getCodeUnitCallsFromSelf().stream()
            .filter(FilesRuleTest::writes)
            .count();
    org.junit.jupiter.api.Assertions.assertEquals(3, seen);
  }

  /// Not run: three ways to write, and one that is allowed.
  private static final class Offender {
    static void offend(Path path) throws IOException {
      Files.writeString(path, "");
      new FileOutputStream(path.toFile()).close();
      FileChannel.open(path).close();
      new FileOutputStream(FileDescriptor.out).flush();
    }
  }
}
