package dev.lockstep.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputDirectoryTest {
  @TempDir private Path directory;

  @Test
  void halfACharacterInABackendsMessageCostsNoFile() throws IOException {
    OutputDirectory output = OutputDirectory.create(directory);
    output.writeCsv("a.csv", List.of("reason"), List.of(List.of("half of \uD83D")));
    assertEquals("reason\r\nhalf of ?\r\n", Files.readString(output.file("a.csv")));
  }
}
