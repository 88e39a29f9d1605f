package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.architecture.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// docs/verification.md shows what the commands really print: every example is run and compared
/// with the page, character by character. The backends in them compute the same bits on every
/// machine.
///
/// After a change of the output, `mvn test -pl harness/cli -am -Dtest=VerificationPageTest
/// -Dsurefire.failIfNoSpecifiedTests=false -Dlockstep.update.docs=true` writes the page anew.
@Tag("processes")
class VerificationPageTest {
  private static final Path PAGE = Checkout.ROOT.resolve("docs").resolve("verification.md");

  /// A fenced block that begins with a command, and the output below it.
  private static final Pattern EXAMPLE =
      Pattern.compile("```\n\\$ lockstep (verify [^\n]*)\n(.*?)```\n", Pattern.DOTALL);

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  @TempDir Path directory;

  static Stream<String> commands() throws Exception {
    List<String> commands = new ArrayList<>();
    Matcher example = EXAMPLE.matcher(Files.readString(PAGE));
    while (example.find()) {
      commands.add(example.group(1));
    }
    assertTrue(commands.size() >= 4, "the page has lost its examples: " + commands);
    return commands.stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void anExampleIsWhatTheCommandPrints(String command) throws Exception {
    String page = Files.readString(PAGE);
    Matcher example = EXAMPLE.matcher(page);
    while (!example.find() || !example.group(1).equals(command)) {
      assertTrue(!example.hitEnd(), command);
    }
    String printed = run(command);
    if (Boolean.getBoolean("lockstep.update.docs")) {
      String updated =
          page.substring(0, example.start(2)) + printed + page.substring(example.end(2));
      Files.writeString(PAGE, updated);
    } else {
      assertEquals(example.group(2), printed);
    }
  }

  /// What it prints to standard output when it is run in an empty directory.
  private String run(String command) throws Exception {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    Path out = directory.resolve("standard-output");
    Process process =
        CommandLineProcess.command(words.toArray(String[]::new))
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.waitFor();
    // A replay command names the whole path, which is another one everywhere.
    return Files.readString(out).replace(directory.toRealPath() + "/", "");
  }
}
