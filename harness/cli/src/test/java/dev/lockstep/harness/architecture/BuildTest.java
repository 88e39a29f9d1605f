package dev.lockstep.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BuildTest {
  private static final Path ROOT = Checkout.ROOT;

  private static List<Path> poms() throws IOException {
    List<Path> poms = new ArrayList<>(List.of(ROOT.resolve("pom.xml")));
    Checkout.modules().forEach(module -> poms.add(ROOT.resolve(module).resolve("pom.xml")));
    return poms;
  }

  /// With a process for every class, or several at once, Maven loads the tests itself to hand them
  /// out, and its own Java may be older than the tests'.
  @Test
  void noModuleLetsMavenItselfLoadItsTests() throws IOException {
    List<Path> poms = poms();
    assertTrue(poms.size() > 10, poms.toString());
    for (Path pom : poms) {
      String text = Files.readString(pom);
      for (String setting : List.of("<reuseForks>", "<forkCount>", "<forkMode>")) {
        assertFalse(text.contains(setting), pom + " sets " + setting);
      }
    }
  }

  /// What is published lies in `results`, and only `runs` is left out of commits.
  @Test
  void theCommandsOfTheDocumentationWriteWhereGitIgnoresIt() throws IOException {
    Pattern output = Pattern.compile("^(?:    |\\$ )?(?:\\./)?lockstep .* -o (\\S+)");
    int commands = 0;
    for (Path page : pages()) {
      for (String line : Files.readAllLines(page)) {
        Matcher matcher = output.matcher(line);
        if (matcher.find()) {
          assertTrue(matcher.group(1).startsWith("runs/"), page + ": " + line);
          commands++;
        }
      }
    }
    assertTrue(commands >= 5, commands + " commands");
    assertTrue(Files.readAllLines(ROOT.resolve(".gitignore")).contains("/runs/"));
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages =
        new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }

  /// A bundle is started by the same script, so what is mended there is mended here.
  @Test
  void thereIsOneLauncher() throws IOException {
    try (Stream<Path> tools = Files.walk(ROOT.resolve("tools"))) {
      assertEquals(
          List.of(), tools.filter(file -> file.endsWith("lockstep")).map(Path::toString).toList());
    }
    assertTrue(
        Files.readString(ROOT.resolve("tools/gpu-bundle")).contains("cp \"$root/lockstep\" "));
  }
}
