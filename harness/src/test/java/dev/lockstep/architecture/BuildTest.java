package dev.lockstep.architecture;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BuildTest {
  private static final Path ROOT = Path.of("..");

  private static List<Path> poms() throws IOException {
    List<Path> poms = new ArrayList<>(List.of(ROOT.resolve("pom.xml")));
    try (Stream<Path> modules = Files.list(ROOT)) {
      modules.map(module -> module.resolve("pom.xml")).filter(Files::exists).forEach(poms::add);
    }
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
}
